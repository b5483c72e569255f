using System.Collections.Immutable;

namespace Twinbus.Hosts.Running;

/// <summary>What a run did, or would do, on all hosts.</summary>
public sealed record RunReport
{
    /// <summary>The resources that changed or would change, by host and then in the order of the plan.</summary>
    public required ImmutableArray<ResourceChange> Changes { get; init; }

    /// <summary>What failed; at most one a host. Empty when the run did all that was asked.</summary>
    public required ImmutableArray<HostFailure> Failures { get; init; }

    /// <summary>For each host that was read whole: what it looked like before any change, as a fingerprint.</summary>
    public required ImmutableDictionary<string, string> Fingerprints { get; init; }

    /// <summary>A run that had nothing to do.</summary>
    public static RunReport Nothing { get; } = new() { Changes = [], Failures = [], Fingerprints = ImmutableDictionary<string, string>.Empty };

    /// <summary>Whether every host did all that was asked.</summary>
    public bool Succeeded => Failures.IsEmpty;
}
