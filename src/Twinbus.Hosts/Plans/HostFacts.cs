using System.Collections.Immutable;

namespace Twinbus.Hosts.Plans;

/// <summary>What a host is and what it already has; read before a plan is made, for instance to choose free ports.</summary>
public sealed record HostFacts
{
    /// <summary>What the kernel calls the host.</summary>
    public required string HostName { get; init; }

    /// <summary><c>ID</c> of /etc/os-release, such as <c>debian</c>; empty when there is none.</summary>
    public required string OperatingSystem { get; init; }

    /// <summary><c>VERSION_ID</c> of /etc/os-release, such as <c>12</c>; empty when there is none.</summary>
    public required string OperatingSystemVersion { get; init; }

    /// <summary><c>x64</c>, <c>arm64</c>, ...</summary>
    public required string Architecture { get; init; }

    /// <summary>Whether systemd is the service manager; otherwise services run as supervised processes.</summary>
    public required bool RunsSystemd { get; init; }

    /// <summary>Whether the agent ran as root; if not, <see cref="ListeningPort.Process"/> is mostly unknown.</summary>
    public required bool IsRoot { get; init; }

    /// <summary>TCP ports on which something listens.</summary>
    public required ImmutableArray<ListeningPort> Listening { get; init; }

    /// <summary>Ports that other deployments have on the host, running or not.</summary>
    public required ImmutableArray<ReservedPorts> Reserved { get; init; }

    /// <summary>Installed versions of the packages that were asked for; a package that is not installed is left out.</summary>
    public required ImmutableDictionary<string, string> InstalledPackages { get; init; }

    /// <summary>
    /// Versions that the distribution offers of those packages; left out when its lists are not on the host, which
    /// says nothing: an installation fetches them.
    /// </summary>
    public required ImmutableDictionary<string, string> CandidatePackages { get; init; }

    /// <summary>Whether somebody other than <paramref name="unit"/> has the port.</summary>
    public bool IsTaken(int port, string unit) =>
        Listening.Any(listening => listening.Port == port && listening.Unit != unit) || Reserved.Any(reserved => reserved.Ports.Contains(port));
}
