using System.Collections.Immutable;
using Twinbus.Hosts.Plans;

namespace Twinbus.Hosts.Running;

/// <summary>
/// Makes the plan of a run, and makes it anew when a host turns out to be another than the one that is remembered: so
/// that a run on hosts that did not change needs one exchange with each of them.
/// </summary>
public sealed record PlanFactory
{
    /// <summary>The deployment that owns what the plan makes.</summary>
    public required string Deployment { get; init; }

    /// <summary>The hosts' inventory names, in inventory order.</summary>
    public required ImmutableArray<string> Hosts { get; init; }

    /// <summary>Packages whose versions a plan is made on.</summary>
    public ImmutableArray<string> Packages { get; init; } = [];

    /// <summary>What is remembered of hosts; one that is missing is asked before it is given its part. Null: nothing that the plan depends on.</summary>
    public ImmutableDictionary<string, HostFacts>? Known { get; init; }

    /// <summary>The plan made on <see cref="Known"/>; null when none can be made without asking the hosts.</summary>
    public Plan? Initial { get; init; }

    /// <summary>
    /// Makes a plan. A host that could not be asked may be missing among the facts; it is planned for all the same. What
    /// is thrown ends the run before anything is changed.
    /// </summary>
    public required Func<ImmutableDictionary<string, HostFacts>, Plan> Make { get; init; }

    /// <summary>Called when the plan is resolved, before anything is changed on any host; by a deploy only. What is thrown ends the run.</summary>
    public Func<CancellationToken, Task> Resolved { get; init; } = _ => Task.CompletedTask;

    /// <summary>Called with what is known of the hosts at the end of a deploy.</summary>
    public Func<ImmutableDictionary<string, HostFacts>, CancellationToken, Task> Remember { get; init; } = (_, _) => Task.CompletedTask;

    /// <summary>A plan that stays as it is, whatever the hosts are.</summary>
    public static PlanFactory Of(Plan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new PlanFactory { Deployment = plan.Deployment, Hosts = [.. plan.Hosts.Select(host => host.Host)], Initial = plan, Make = _ => plan };
    }
}
