using System.Collections.Immutable;
using System.Text.Json;
using Twinbus.Hosts.Agent;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Sessions;

namespace Twinbus.Hosts.Running;

/// <summary>
/// Brings a run to a plan that holds on all of its hosts, and every host to a check against it. Hosts that are as they
/// are remembered are asked once; when one is not, the plan is made anew, and only those whose part it changed are
/// asked again, on the session that is open.
/// </summary>
internal sealed class FleetCheck
{
    // A host is asked, planned for, and may have moved on once more meanwhile. One that moves on each time is not settled.
    private const int MostRounds = 4;

    private readonly FleetRun run;
    private readonly PlanFactory factory;
    private readonly AgentJson json;
    private readonly Func<HostPlan?, string, CancellationToken, ValueTask<IHostSession>> open;
    private Dictionary<string, HostPlan> parts = [];
    private Plan? plan;

    /// <param name="run">The hosts.</param>
    /// <param name="factory">What makes the plan.</param>
    /// <param name="open">Opens a session with a host about a part of the plan, or null to ask for its facts first.</param>
    /// <param name="json">Tells whether two parts are the same.</param>
    public FleetCheck(FleetRun run, PlanFactory factory, AgentJson json, Func<HostPlan?, string, CancellationToken, ValueTask<IHostSession>> open)
    {
        this.run = run;
        this.factory = factory;
        this.json = json;
        this.open = open;
        if (factory.Initial is { } initial)
        {
            Adopt(initial);
        }
    }

    /// <summary>The plan that every host was checked against.</summary>
    public Plan Plan => plan!;

    /// <summary>What is known of the hosts by now.</summary>
    public ImmutableDictionary<string, HostFacts> Facts => (factory.Known ?? ImmutableDictionary<string, HostFacts>.Empty)
        .SetItems(run.Hosts.Where(host => host.Facts is not null).Select(host => KeyValuePair.Create(host.Host, host.Facts!)));

    /// <summary>Checks every host that is not checked yet, and lets go those that need not stay.</summary>
    public async Task ResolveAsync(Predicate<HostRun> staysOpen, CancellationToken cancellationToken)
    {
        for (var round = 0; round < MostRounds; round++)
        {
            if (round > 0 || run.Alive.Any(host => host.AwaitsPlan))
            {
                Adopt(factory.Make(Facts));
            }

            await run.EachAsync(host => CheckAsync(host, staysOpen, cancellationToken), cancellationToken).ConfigureAwait(false);
            if (plan is not null && !run.Alive.Any(host => host.AwaitsPlan))
            {
                return;
            }
        }

        foreach (var host in run.Alive.Where(host => host.AwaitsPlan))
        {
            host.GiveUpPlanning();
        }
    }

    private async Task CheckAsync(HostRun host, Predicate<HostRun> staysOpen, CancellationToken cancellationToken)
    {
        var part = factory.Known is null || host.Facts is not null || factory.Known.ContainsKey(host.Host) ? parts.GetValueOrDefault(host.Host) : null;
        if (part is not null && ReferenceEquals(host.Checked, part) && (host.IsOpen || !staysOpen(host)))
        {
            return;
        }

        await host.CheckAsync(part, token => open(part, host.Host, token), cancellationToken).ConfigureAwait(false);
        if (!host.AwaitsPlan && !staysOpen(host))
        {
            await host.FinishAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void Adopt(Plan made)
    {
        var before = parts;
        plan = made;
        parts = made.Hosts.ToDictionary(part => part.Host);
        foreach (var host in run.Hosts.Where(host => host.Checked is not null))
        {
            if (AreSame(before[host.Host], parts[host.Host]))
            {
                host.Checked = parts[host.Host];
            }
        }
    }

    // What it was made on is no part of what the host shall have.
    private bool AreSame(HostPlan before, HostPlan after) => Text(before).AsSpan().SequenceEqual(Text(after));

    private byte[] Text(HostPlan part) => JsonSerializer.SerializeToUtf8Bytes(part with { Assumptions = null }, json.Plan);
}
