using System.Collections.Immutable;
using Twinbus.Hosts.Agent;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Locks;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.Running;

/// <summary>
/// Brings hosts to what a plan says. All hosts finish a stage before the next begins. A host that fails takes no
/// further part; the others finish the stage at hand, the run ends there, and the report names what failed: the next
/// run does what is left. Failures of hosts never throw.
/// </summary>
public sealed class HostRunner
{
    private readonly RunnerOptions options;
    private readonly HostSessions sessions;

    /// <summary>A runner for the hosts that <paramref name="options"/> say how to reach.</summary>
    public HostRunner(RunnerOptions options)
        : this(options, _ => new HostLayout())
    {
    }

    internal HostRunner(RunnerOptions options, Func<AgentRequest, HostLayout> layoutOf)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Parallel, 1);
        this.options = options;
        sessions = new HostSessions(options, layoutOf);
    }

    /// <inheritdoc cref="CheckAsync(PlanFactory, IProgress{HostEvent}, CancellationToken)"/>
    /// <param name="plan">What each host shall have, whatever the hosts are.</param>
    /// <param name="progress">Told of each event as it happens, one at a time, from any thread.</param>
    /// <param name="cancellationToken">Ends the run; hosts stop after the resource at hand.</param>
    public Task<RunReport> CheckAsync(Plan plan, IProgress<HostEvent>? progress, CancellationToken cancellationToken) =>
        CheckAsync(PlanFactory.Of(plan), progress, cancellationToken);

    /// <summary>Reads every resource and reports what a deploy would change. Changes nothing.</summary>
    /// <param name="factory">Makes the plan.</param>
    /// <param name="progress">Told of each event as it happens, one at a time, from any thread.</param>
    /// <param name="cancellationToken">Ends the run; hosts stop after the resource at hand.</param>
    public async Task<RunReport> CheckAsync(PlanFactory factory, IProgress<HostEvent>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(factory);
        var run = new FleetRun(factory.Hosts, progress, options.Parallel);
        await using var ending = run.ConfigureAwait(false);
        await Check(run, factory, mayChange: false).ResolveAsync(staysOpen: _ => false, cancellationToken).ConfigureAwait(false);
        return run.Report(host => host.Found);
    }

    /// <inheritdoc cref="DeployAsync(PlanFactory, ImmutableDictionary{string, string}, IProgress{HostEvent}, CancellationToken)"/>
    /// <param name="plan">What each host shall have, whatever the hosts are.</param>
    /// <param name="progress">Told of each event as it happens, one at a time, from any thread.</param>
    /// <param name="cancellationToken">Ends the run; hosts stop after the resource at hand.</param>
    public Task<RunReport> DeployAsync(Plan plan, IProgress<HostEvent>? progress, CancellationToken cancellationToken) =>
        DeployAsync(PlanFactory.Of(plan), ImmutableDictionary<string, string>.Empty, progress, cancellationToken);

    /// <summary>
    /// Reads every resource, then changes what differs, stage by stage; resources that earlier runs of the same
    /// deployment made and the plan no longer names are removed. One session and one exchange a host when nothing differs.
    /// </summary>
    /// <param name="factory">Makes the plan.</param>
    /// <param name="expected">
    /// <see cref="RunReport.Fingerprints"/> of a check that somebody looked at; a host that moved on since fails with
    /// <see cref="HostFailureReason.StalePlan"/>, and nothing is changed on any host. Empty: whatever the hosts are.
    /// </param>
    /// <param name="progress">Told of each event as it happens, one at a time, from any thread.</param>
    /// <param name="cancellationToken">Ends the run; hosts stop after the resource at hand.</param>
    public async Task<RunReport> DeployAsync(
        PlanFactory factory,
        ImmutableDictionary<string, string> expected,
        IProgress<HostEvent>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(factory);
        ArgumentNullException.ThrowIfNull(expected);
        var run = new FleetRun(factory.Hosts, progress, options.Parallel);
        await using var ending = run.ConfigureAwait(false);
        var check = Check(run, factory, mayChange: true);
        await check.ResolveAsync(staysOpen: host => run.IsSmall || host.Pending > 0, cancellationToken).ConfigureAwait(false);
        var moved = run.Alive.Where(host => expected.TryGetValue(host.Host, out var looked) && looked != host.Fingerprint).ToList();
        moved.ForEach(host => host.Refuse());
        if (HasToChange(run))
        {
            // Of many hosts those with nothing to do were let go; what happens to the others may concern them yet.
            await check.ResolveAsync(staysOpen: _ => true, cancellationToken).ConfigureAwait(false);
            await new FleetReservation(run, check).MakeAsync(mayPlanAnew: expected.IsEmpty, cancellationToken).ConfigureAwait(false);
        }

        // A plan that is refused was never this run's to keep: what it speaks of may be another's.
        if (!IsRefused(run))
        {
            await factory.Resolved(cancellationToken).ConfigureAwait(false);
        }

        if (HasToChange(run))
        {
            await ApplyAsync(check.Plan, run, cancellationToken).ConfigureAwait(false);
        }

        await run.EachAsync(host => host.FinishAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        await factory.Remember(check.Facts, cancellationToken).ConfigureAwait(false);
        return run.Report(host => host.Done);
    }

    /// <summary>Removes all that the deployment made on the hosts, in reverse order. What is not there any more is no error.</summary>
    /// <param name="deployment">The deployment's name.</param>
    /// <param name="hosts">The hosts' inventory names.</param>
    /// <param name="purgePackages">Whether packages go too that this deployment installed.</param>
    /// <param name="progress">Told of each event as it happens, one at a time, from any thread.</param>
    /// <param name="cancellationToken">Ends the run; hosts stop after the resource at hand.</param>
    public async Task<RunReport> RemoveAsync(
        string deployment,
        ImmutableArray<string> hosts,
        bool purgePackages,
        IProgress<HostEvent>? progress,
        CancellationToken cancellationToken)
    {
        var run = new FleetRun(hosts, progress, options.Parallel);
        await using var ending = run.ConfigureAwait(false);
        await run.EachAsync(
            async host =>
            {
                var request = new RemoveRequest
                {
                    Host = host.Host,
                    Holder = Holder("down"),
                    Deployment = deployment,
                    PurgePackages = purgePackages,
                };
                await host.RemoveAsync(token => sessions.OpenAsync(request, token), cancellationToken).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        return run.Report(host => host.Done);
    }

    private static bool HasToChange(FleetRun run) => run.Alive.Any(host => host.Pending > 0) && !IsRefused(run);

    private static bool IsRefused(FleetRun run) =>
        run.Hosts.Any(host => host.Failure?.Reason is HostFailureReason.Refused or HostFailureReason.StalePlan or HostFailureReason.PortTaken);

    private static async Task ApplyAsync(Plan plan, FleetRun run, CancellationToken cancellationToken)
    {
        var turns = new StageTurns(plan, run);
        foreach (var stage in Enum.GetValues<Stage>().Where(stage => stage != Stage.Reserve))
        {
            await turns.ApplyAsync(stage, cancellationToken).ConfigureAwait(false);
            if (run.HasFailed)
            {
                return;
            }
        }
    }

    private FleetCheck Check(FleetRun run, PlanFactory factory, bool mayChange)
    {
        var holder = Holder("deploy");
        return new FleetCheck(run, factory, AgentJson.Revealing(options.Kinds), (part, host, token) => sessions.OpenAsync(
            new ConvergeRequest { Host = host, Holder = holder, Deployment = factory.Deployment, Plan = part, MayChange = mayChange, Packages = factory.Packages },
            token));
    }

    private LockHolder Holder(string purpose) => LockHolder.Here(purpose, options.RunId, options.Clock);
}
