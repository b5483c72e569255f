using System.Globalization;

namespace Twinbus.EndToEnd.Tests;

/// <summary>A process as the kernel shows it, read without the product's help.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Started">When it was started, in clock ticks since boot: with the id it tells a process from any other.</param>
/// <param name="CommandLine">Its arguments, one space apart.</param>
internal sealed record RunningProcess(int Id, long Started, string CommandLine);

/// <summary>The processes of this machine.</summary>
internal static class ProcessTable
{
    /// <summary>All processes of a user, by name; none when there is no such user.</summary>
    public static IReadOnlyList<RunningProcess> Of(string user)
    {
        string? entry = File.ReadLines("/etc/passwd").FirstOrDefault(line => line.StartsWith($"{user}:", StringComparison.Ordinal));
        return entry is null ? [] : OfUserId(entry.Split(':')[2]);
    }

    /// <summary>All processes of a user, by number.</summary>
    public static IReadOnlyList<RunningProcess> OfUserId(string userId) =>
        [.. Ids().Where(id => UserOf(id) == userId).Select(Read).OfType<RunningProcess>().OrderBy(process => process.Id)];

    /// <summary>The process with this id; null when there is none.</summary>
    public static RunningProcess? Find(int id) => Read(id);

    /// <summary>The arguments and the environment of every process, as text.</summary>
    public static IEnumerable<(int Id, string Text)> Exposed() =>
        Ids().Select(id => (id, ReadOrEmpty($"/proc/{id}/cmdline") + ReadOrEmpty($"/proc/{id}/environ")));

    private static IEnumerable<int> Ids() =>
        Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => name!.All(char.IsAsciiDigit)).Select(name => int.Parse(name!, CultureInfo.InvariantCulture));

    private static string? UserOf(int id) =>
        ReadOrEmpty($"/proc/{id}/status").Split('\n').FirstOrDefault(line => line.StartsWith("Uid:", StringComparison.Ordinal))?.Split('\t')[1];

    private static RunningProcess? Read(int id)
    {
        // Behind the name: state, parent, ... A process in state Z has ended, and waits for its parent to look.
        string stat = ReadOrEmpty($"/proc/{id}/stat");
        string[] fields = stat.Length == 0 ? ["Z"] : stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return fields[0] == "Z"
            ? null
            : new RunningProcess(id, long.Parse(fields[19], CultureInfo.InvariantCulture), ReadOrEmpty($"/proc/{id}/cmdline").Replace('\0', ' ').Trim());
    }

    // A process may end between two looks.
    private static string ReadOrEmpty(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
