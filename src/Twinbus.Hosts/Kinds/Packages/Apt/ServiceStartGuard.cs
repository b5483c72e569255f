using System.Globalization;
using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.Kinds.Packages;

/// <summary>
/// Keeps package installations from starting services, by Debian's own means: a <c>policy-rc.d</c> that says no. One
/// that somebody else put there is kept aside and put back. A guard that a killed run left behind is known by its mark.
/// </summary>
internal sealed class ServiceStartGuard : IDisposable
{
    private const string Mark = "# twinbus: temporary, by process ";

    private readonly string path;

    private ServiceStartGuard(string path) => this.path = path;

    private static string Aside(string path) => path + ".twinbus-aside";

    /// <summary>Puts the guard up. The caller holds the host's package lock.</summary>
    public static ServiceStartGuard Raise(HostLayout layout)
    {
        var path = layout.PolicyRcD;
        Lower(path);
        if (Posix.Status(path) is not null)
        {
            File.Move(path, Aside(path));
        }

        var script = $"#!/bin/sh\n{Mark}{Environment.ProcessId}\nexit 101\n";
        WholeFile.Write(path, System.Text.Encoding.UTF8.GetBytes(script), owner: null, (UnixFileMode)0b111_101_101);
        return new ServiceStartGuard(path);
    }

    /// <summary>Whether a run that is no more left its guard behind.</summary>
    public static bool IsLeftBehind(HostLayout layout)
    {
        if (Owner(layout.PolicyRcD) is { } processId)
        {
            return !Directory.Exists("/proc/" + processId.ToString(CultureInfo.InvariantCulture));
        }

        return Posix.Status(layout.PolicyRcD) is null && Posix.Status(Aside(layout.PolicyRcD)) is not null;
    }

    /// <summary>Takes away what a killed run left behind.</summary>
    public static void Mend(HostLayout layout) => Lower(layout.PolicyRcD);

    public void Dispose() => Lower(path);

    private static void Lower(string path)
    {
        if (Owner(path) is not null)
        {
            File.Delete(path);
        }

        if (Posix.Status(Aside(path)) is not null && Posix.Status(path) is null)
        {
            File.Move(Aside(path), path);
        }
    }

    private static int? Owner(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        foreach (var line in File.ReadLines(path).Take(3))
        {
            if (line.StartsWith(Mark, StringComparison.Ordinal)
                && int.TryParse(line.AsSpan(Mark.Length), CultureInfo.InvariantCulture, out var processId))
            {
                return processId;
            }
        }

        return null;
    }
}
