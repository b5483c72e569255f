namespace Twinbus.Hosts.Convergence;

/// <summary>Tidying up after removal.</summary>
internal static class EmptyDirectory
{
    /// <summary>Removes a directory when nothing is in it.</summary>
    public static void Remove(string path)
    {
        if (Directory.Exists(path) && !Directory.EnumerateFileSystemEntries(path).Any())
        {
            Directory.Delete(path);
        }
    }
}
