using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Kinds.Services;
using Twinbus.Hosts.RabbitMq.Management;

namespace Twinbus.Hosts.RabbitMq.Cluster;

/// <summary>
/// The two waits around the restart of a cluster's member: before it, until all others run and no queue needs this
/// member for its majority; after it, until the cluster is whole again. Turns among hosts are the runner's business.
/// </summary>
internal sealed class ClusterRestart(ServiceResource service, RabbitMqMembership membership, ConvergenceContext context) : GuardedRestart
{
    /// <summary>Queues that were without a member catch up in seconds; a minute or two when they hold much.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(5);

    /// <summary>A broker that does not answer for so long carries nothing that a restart could take from it.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly ClusterChange cluster = new(new RabbitMqClusterResource { Membership = membership, Provisions = true }, context);
    private bool otherWouldPause;
    private const int NamedQueues = 5;

    // Two members have no majority to keep when one of them restarts.
    private bool CanKeepMajority => membership.Members.Count > 2;

    /// <exception cref="HostException">A queue would lose its majority, and still would after some time.</exception>
    public override async Task BeforeStopAsync(CancellationToken cancellationToken)
    {
        // Members that are gone for good count against the majority of those that stay. Without it the others would stop
        // when this one does; two of three that both stopped may each wait for what the other knows, for ever.
        await cluster.ForgetDeadAsync(cancellationToken).ConfigureAwait(false);
        if (CanKeepMajority)
        {
            await AwaitAsync(ObjectionToLeavingAsync, "was not restarted", cancellationToken).ConfigureAwait(false);
        }

        otherWouldPause = await cluster.KeepTheOtherOfTwoRunningAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="HostException">It runs, and did not find the others again.</exception>
    public override async Task AfterStartAsync(CancellationToken cancellationToken)
    {
        await AwaitAsync(MissingAsync, "was restarted and is not back in its cluster", cancellationToken).ConfigureAwait(false);
        if (otherWouldPause && CanKeepMajority)
        {
            await cluster.PauseMinoritiesAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task AwaitAsync(Func<CancellationToken, ValueTask<string?>> objection, string what, CancellationToken cancellationToken)
    {
        var start = context.Clock.GetTimestamp();
        while (await objection(cancellationToken).ConfigureAwait(false) is { } why)
        {
            var waited = context.Clock.GetElapsedTime(start);
            if (why == Unreadable && waited > Silence)
            {
                return;
            }

            if (waited > Timeout)
            {
                throw new HostException(
                    HostFailureReason.Broker,
                    $"{service.Unit} {what}: {why}.",
                    $"This has been so for {Timeout.TotalMinutes:0} minutes. The other members go on as they are.",
                    "See that all members run and their queues have caught up (twinbus health), then run this again.");
            }

            context.Progress(service, $"waiting: {why}, {waited.TotalSeconds:0} s");
            await Task.Delay(Pause, context.Clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private const string Unreadable = "its management API does not answer";

    private async ValueTask<string?> ObjectionToLeavingAsync(CancellationToken cancellationToken)
    {
        if (await MissingAsync(cancellationToken).ConfigureAwait(false) is { } missing)
        {
            return missing;
        }

        var health = await Api.FindCriticalQueuesAsync(cancellationToken).ConfigureAwait(false);
        return health switch
        {
            null => Unreadable,
            { Status: "ok" } => null,
            { Queues.Count: 0 } => health.Reason,
            _ => $"{Names(health.Queues)} would lose {(health.Queues.Count == 1 ? "its" : "their")} majority",
        };
    }

    // A member that was never in, or left, is the cluster stage's business: only those that belong here can be missing.
    private async ValueTask<string?> MissingAsync(CancellationToken cancellationToken)
    {
        if (await Api.FindMembersAsync(cancellationToken).ConfigureAwait(false) is not { } members)
        {
            return Unreadable;
        }

        var missing = members.FirstOrDefault(m => membership.Members.Contains(m.Name) && !m.Running);
        return missing is null ? null : $"{missing.Name} does not run";
    }

    private ManagementApi Api => ManagementApis.Of(context).Of(membership.Management);

    private static string Names(IReadOnlyList<QuorumHealthQueue> queues)
    {
        var named = string.Join(", ", queues.Take(NamedQueues).Select(q => q.ReadableName));
        return queues.Count > NamedQueues ? $"{named} and {queues.Count - NamedQueues} more" : named;
    }
}
