using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Twinbus.Hosts.Kinds.Packages;
using Twinbus.Hosts.Kinds.Ports;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.Agent;

/// <summary>Reads what a host is and has. No child process, no root needed.</summary>
internal static class FactsReader
{
    /// <param name="layout">The host.</param>
    /// <param name="packages">Packages whose versions are wanted.</param>
    /// <param name="deployment">The deployment that asks; what the others reserved is told.</param>
    public static HostFacts Read(HostLayout layout, ImmutableArray<string> packages, string deployment)
    {
        var release = OsRelease(layout);
        var installed = PackageStatus.Installed(layout);
        var wanted = packages.Where(installed.ContainsKey).ToImmutableDictionary(p => p, p => installed[p]);
        return new HostFacts
        {
            HostName = Environment.MachineName,
            OperatingSystem = release.GetValueOrDefault("ID", ""),
            OperatingSystemVersion = release.GetValueOrDefault("VERSION_ID", ""),
            Architecture = RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant(),
            RunsSystemd = layout.RunsSystemd,
            IsRoot = Posix.IsRoot,
            Listening = Listening(),
            Reserved = PortReservations.OfOthers(layout, deployment),
            InstalledPackages = wanted,
            CandidatePackages = Candidates(layout, packages.Where(p => !wanted.ContainsKey(p))),
        };
    }

    private static ImmutableArray<ListeningPort> Listening()
    {
        var owners = SocketOwners.Read();
        return
        [
            .. ListeningSockets.Read()
                .Select(s => (Socket: s, Owner: owners.Of(s)))
                .Select(s => new ListeningPort(s.Socket.Address.ToString(), s.Socket.Port, s.Owner?.Name, s.Owner?.Unit))
                .Distinct(),
        ];
    }

    private static ImmutableDictionary<string, string> Candidates(HostLayout layout, IEnumerable<string> packages)
    {
        var candidates = ImmutableDictionary.CreateBuilder<string, string>();
        foreach (var package in packages)
        {
            if (PackageStatus.Candidate(layout, package) is { } version)
            {
                candidates[package] = version;
            }
        }

        return candidates.ToImmutable();
    }

    private static Dictionary<string, string> OsRelease(HostLayout layout)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        if (File.Exists(layout.OsRelease))
        {
            foreach (var parts in File.ReadLines(layout.OsRelease).Select(line => line.Split('=', 2)).Where(p => p.Length == 2))
            {
                values[parts[0]] = parts[1].Trim('"', '\'');
            }
        }

        return values;
    }
}
