using System.Collections.Immutable;

namespace Twinbus.Hosts.Plans;

/// <summary>
/// What every host shall have, stage by stage. All hosts finish a stage before the next begins. Pure data: made
/// without touching a host, printable, comparable with a golden file.
/// </summary>
public sealed record Plan
{
    /// <summary>The deployment that owns what this plan makes; part of every ownership mark on a host.</summary>
    public required string Deployment { get; init; }

    /// <summary>The hosts' parts, in inventory order; names are unique.</summary>
    public required ImmutableArray<HostPlan> Hosts { get; init; }
}
