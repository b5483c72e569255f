using System.Globalization;
using System.Text;

namespace Twinbus.Hosts.Platform;

/// <summary>
/// Which processes belong to a service that no service manager keeps. Each carries a mark in its environment, which
/// tells it from a stranger that got the same process id later.
/// </summary>
internal static class ProcessTable
{
    /// <summary>Variable that marks the processes of a service; its value is the unit.</summary>
    public const string ServiceMark = "TWINBUS_UNIT";

    /// <summary>Variable that marks a service's supervisor; its value is the unit.</summary>
    public const string SupervisorMark = "TWINBUS_SUPERVISOR";

    /// <summary>The process whose id is in <paramref name="pidFile"/>, if it lives and carries the mark.</summary>
    public static int? FromFile(string pidFile, string mark, string unit)
    {
        try
        {
            return int.TryParse(File.ReadAllText(pidFile).Trim(), CultureInfo.InvariantCulture, out var processId)
                && Carries(processId, mark, unit)
                ? processId
                : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>All living processes that carry the mark.</summary>
    public static IReadOnlyList<int> Find(string mark, string unit)
    {
        var found = new List<int>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var processId)
                && Carries(processId, mark, unit))
            {
                found.Add(processId);
            }
        }

        return found;
    }

    /// <summary>Whether the process lives and carries the mark; one that has ended but was not waited for has no environment.</summary>
    public static bool Carries(int processId, string mark, string unit)
    {
        try
        {
            var environment = File.ReadAllBytes($"/proc/{processId}/environ");
            var wanted = Encoding.UTF8.GetBytes($"{mark}={unit}\0");
            var at = environment.AsSpan().IndexOf(wanted);
            return at == 0 || (at > 0 && environment[at - 1] == 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone in the meantime, or another user's: not ours in either case.
            return false;
        }
    }

    /// <summary>The program's name, or null when the process is gone.</summary>
    public static string? NameOf(int processId)
    {
        try
        {
            return File.ReadAllText($"/proc/{processId}/comm").TrimEnd('\n');
        }
        catch (IOException)
        {
            return null;
        }
    }
}
