namespace Twinbus.Testing;

/// <summary>A directory of its own (mode 0700) that goes away, with all that is in it, when disposed.</summary>
public sealed class TemporaryDirectory : IDisposable
{
    /// <summary>The directory's absolute path.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("twinbus-").FullName;

    /// <summary>The absolute path of <paramref name="parts"/> below the directory; nothing is created.</summary>
    public string this[params string[] parts] => System.IO.Path.Combine([Path, .. parts]);

    /// <summary>Writes a file below the directory, and the directories on the way to it, and returns its path.</summary>
    public string Write(string relativePath, string content)
    {
        string path = this[relativePath];
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
