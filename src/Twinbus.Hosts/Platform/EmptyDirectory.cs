namespace Twinbus.Hosts.Platform;

/// <summary>Tidying up after removal.</summary>
internal static class EmptyDirectory
{
    /// <summary>Removes a directory when nothing is in it.</summary>
    public static void Remove(string path)
    {
        if (!IsEmpty(path))
        {
            return;
        }

        try
        {
            Directory.Delete(path);
        }
        catch (IOException) when (!IsEmpty(path))
        {
            // Another run put something there meanwhile, or removed it.
        }
    }

    private static bool IsEmpty(string path) => Directory.Exists(path) && !Directory.EnumerateFileSystemEntries(path).Any();
}
