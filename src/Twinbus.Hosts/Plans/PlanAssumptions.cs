using System.Collections.Immutable;

namespace Twinbus.Hosts.Plans;

/// <summary>
/// What a host's part of a plan was made on. The agent compares it with the host as it is: a plan made on remembered
/// facts is as good as one made on fresh ones for as long as this holds.
/// </summary>
public sealed record PlanAssumptions
{
    /// <summary><see cref="HostFacts.OperatingSystem"/> as it was.</summary>
    public required string OperatingSystem { get; init; }

    /// <summary><see cref="HostFacts.OperatingSystemVersion"/> as it was.</summary>
    public required string OperatingSystemVersion { get; init; }

    /// <summary><see cref="HostFacts.Architecture"/> as it was.</summary>
    public required string Architecture { get; init; }

    /// <summary><see cref="HostFacts.RunsSystemd"/> as it was.</summary>
    public required bool RunsSystemd { get; init; }

    /// <summary>Installed versions of the packages that the plan may install.</summary>
    public required ImmutableSortedDictionary<string, string> InstalledPackages { get; init; }

    /// <summary>Offered versions of those that are not installed.</summary>
    public required ImmutableSortedDictionary<string, string> CandidatePackages { get; init; }

    /// <summary>The ports that were looked at when ports were chosen.</summary>
    public required ImmutableArray<PortAssumption> Ports { get; init; }

    /// <summary>The ground that <paramref name="facts"/> are for a plan that looked at these packages and ports.</summary>
    /// <param name="facts">What the host is and has.</param>
    /// <param name="packages">The packages that the plan may install.</param>
    /// <param name="ports">The ports that were looked at, and the service that each was for.</param>
    public static PlanAssumptions Of(HostFacts facts, ImmutableArray<string> packages, IEnumerable<(int Port, string Unit)> ports)
    {
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(ports);
        return new PlanAssumptions
        {
            OperatingSystem = facts.OperatingSystem,
            OperatingSystemVersion = facts.OperatingSystemVersion,
            Architecture = facts.Architecture,
            RunsSystemd = facts.RunsSystemd,
            InstalledPackages = Wanted(facts.InstalledPackages),
            CandidatePackages = Wanted(facts.CandidatePackages),
            Ports = [.. ports.Select(looked => new PortAssumption(looked.Port, looked.Unit, facts.IsTaken(looked.Port, looked.Unit)))],
        };

        ImmutableSortedDictionary<string, string> Wanted(ImmutableDictionary<string, string> versions) =>
            versions.Where(version => packages.Contains(version.Key)).ToImmutableSortedDictionary(StringComparer.Ordinal);
    }

    /// <summary>Whether the plan would have been made on <paramref name="facts"/> just the same.</summary>
    public bool Holds(HostFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        return facts.OperatingSystem == OperatingSystem
            && facts.OperatingSystemVersion == OperatingSystemVersion
            && facts.Architecture == Architecture
            && facts.RunsSystemd == RunsSystemd
            && AreSame(InstalledPackages, facts.InstalledPackages)
            && AreSame(CandidatePackages, facts.CandidatePackages)
            && Ports.All(port => facts.IsTaken(port.Port, port.Unit) == port.IsTaken);
    }

    private static bool AreSame(ImmutableSortedDictionary<string, string> then, ImmutableDictionary<string, string> now) =>
        then.Count == now.Count && then.All(version => now.GetValueOrDefault(version.Key) == version.Value);
}
