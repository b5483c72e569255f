using System.Collections.Immutable;

namespace Twinbus.Hosts.Plans;

/// <summary>One host's part of a plan.</summary>
public sealed record HostPlan
{
    /// <summary>The host's inventory name.</summary>
    public required string Host { get; init; }

    /// <summary>Its stages, in <see cref="Stage"/> order; an empty stage may be left out.</summary>
    public required ImmutableArray<StagePlan> Stages { get; init; }

    /// <summary>What of the host it was made on; null when nothing was known of the host, or nothing depends on it.</summary>
    public PlanAssumptions? Assumptions { get; init; }

    /// <summary>
    /// Scopes, such as broker instances that run on several hosts, whose content is in another host's plan: what this host's
    /// ledger has of them stays, though this plan does not name it.
    /// </summary>
    public ImmutableArray<string> ProvidedElsewhere { get; init => field = value.IsDefault ? [] : value; } = [];
}
