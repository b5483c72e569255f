using System.Collections.Immutable;
using Twinbus.Hosts.Resources;

namespace Twinbus.Hosts;

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

/// <summary>One host's part of a plan.</summary>
public sealed record HostPlan
{
    /// <summary>The host's inventory name.</summary>
    public required string Host { get; init; }

    /// <summary>Its stages, in <see cref="Stage"/> order; an empty stage may be left out.</summary>
    public required ImmutableArray<StagePlan> Stages { get; init; }

    /// <summary>What of the host it was made on; null when nothing was known of the host, or nothing depends on it.</summary>
    public PlanGround? Ground { get; init; }
}

/// <summary>The resources of one stage on one host, in the order in which they are converged.</summary>
/// <param name="Stage">Which stage.</param>
/// <param name="Resources">In the order in which they are converged.</param>
public sealed record StagePlan(Stage Stage, ImmutableArray<Resource> Resources);

/// <summary>The stages of a run. The order carries the dependencies: nothing else does.</summary>
public enum Stage
{
    /// <summary>Ports, so that of two deployments that want the same one learns it before anything is made.</summary>
    Claim,

    /// <summary>Packages, users, directories.</summary>
    Prepare,

    /// <summary>Configuration files, cookies, certificates.</summary>
    Configure,

    /// <summary>Services up.</summary>
    Start,

    /// <summary>Brokers joined into clusters.</summary>
    Cluster,

    /// <summary>Virtual hosts, users, permissions, policies, topics.</summary>
    Provision,

    /// <summary>Read-only checks on the host itself.</summary>
    Verify,
}
