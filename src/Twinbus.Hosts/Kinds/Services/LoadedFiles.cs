using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.Kinds.Services;

/// <summary>
/// Which files a running service was started with: at each start its start script records their SHA-256 sums in the
/// format of <c>sha256sum</c>; here the same is made of the files as they are.
/// </summary>
internal static class LoadedFiles
{
    /// <summary>Name of the record in a service's runtime directory.</summary>
    public const string RecordName = "loaded";

    /// <summary>The files, sorted and without repetition, as the start script hashes them.</summary>
    public static IReadOnlyList<string> Ordered(IEnumerable<string> files) =>
        [.. files.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>The files that are not, or will not be, what the running process was started with.</summary>
    /// <param name="runtimeDirectory">Where the record is.</param>
    /// <param name="files">The files.</param>
    /// <param name="wanted">The sum of the content that a file is going to have in this run; null when it stays as it is.</param>
    public static IReadOnlyList<string> ChangedSinceStart(
        string runtimeDirectory, IEnumerable<string> files, Func<string, string?> wanted)
    {
        var started = Recorded(runtimeDirectory);
        return [.. Ordered(files).Where(file => started.GetValueOrDefault(file) != (wanted(file) ?? ContentHash.OfFile(file)))];
    }

    /// <summary>The sum of a file that the running process was started with; null when that is not known.</summary>
    public static string? StartedWith(string runtimeDirectory, string file) => Recorded(runtimeDirectory).GetValueOrDefault(file);

    /// <summary>When the record was made, which is just before the latest start; a long gone time when there is none.</summary>
    public static DateTime RecordedAt(string runtimeDirectory) =>
        File.GetLastWriteTimeUtc(Path.Combine(runtimeDirectory, RecordName));

    private static Dictionary<string, string> Recorded(string runtimeDirectory)
    {
        var record = Path.Combine(runtimeDirectory, RecordName);
        return File.Exists(record) ? Parse(File.ReadLines(record)) : [];
    }

    private static Dictionary<string, string> Parse(IEnumerable<string> lines)
    {
        // 64 hexadecimal digits, two characters, path
        var sums = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            if (line.Length > 66)
            {
                sums[line[66..]] = line[..64];
            }
        }

        return sums;
    }
}
