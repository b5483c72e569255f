using System.Security.Cryptography;

namespace Twinbus.EndToEnd.Tests;

/// <summary>What can be seen of files from outside: content, mode, time of change. One line a file.</summary>
internal static class FileFacts
{
    /// <summary>Everything below the directories, links not followed; what the broker itself writes at run time is left out.</summary>
    public static IReadOnlyList<string> Of(params string[] directories) =>
    [
        .. directories.Where(Directory.Exists)
            .SelectMany(directory => Directory.EnumerateFileSystemEntries(directory, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }).Append(directory))
            .Where(path => !path.Contains("/mnesia", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(Line),
    ];

    private static string Line(string path)
    {
        string content = Directory.Exists(path) ? "directory" : Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));
        return $"{path} {File.GetUnixFileMode(path)} {File.GetLastWriteTimeUtc(path):O} {content}";
    }
}
