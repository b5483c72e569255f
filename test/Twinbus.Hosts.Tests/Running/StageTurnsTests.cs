using System.Collections.Concurrent;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Kinds.Services;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Platform;
using Twinbus.Hosts.RabbitMq.Cluster;
using Twinbus.Hosts.RabbitMq.Management;
using Twinbus.Hosts.Running;
using Twinbus.Hosts.Sessions;

namespace Twinbus.Hosts.Tests.Running;

public sealed class StageTurnsTests : IAsyncDisposable, IProgress<HostEvent>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource interruption = new();
    private readonly TaskCompletionSource<HostFailed> failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<string> log = [];
    private readonly List<FleetRun> runs = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task MembersOfAClusterRestartOneAtATimeInThePlansOrder()
    {
        var (turns, _) = await CheckedAsync(parallel: 16, ("h1", "a", ResourceAction.Restart), ("h2", "a", ResourceAction.Restart), ("h3", "a", ResourceAction.Restart));

        await turns.ApplyAsync(Stage.Start, Cancellation);

        Assert.Equal(["h1 begins", "h1 ends", "h2 begins", "h2 ends", "h3 begins", "h3 ends"], log);
    }

    [Fact]
    public async Task MembersOfAClusterStartTogetherHoweverFewHostsAreWorkedOnAtOnce()
    {
        var (turns, sessions) = await CheckedAsync(parallel: 1, endsAtOnce: false, ("h1", "a", ResourceAction.Start), ("h2", "a", ResourceAction.Create), ("h3", "a", ResourceAction.Start));

        var apply = turns.ApplyAsync(Stage.Start, Cancellation);
        await Task.WhenAll(sessions.Select(s => s.Begun));
        sessions.ForEach(s => s.End(Stage.Start));
        await apply;

        Assert.Equal(["h1 begins", "h2 begins", "h3 begins"], log.Take(3).Order());
    }

    [Fact]
    public async Task AMemberThatIsDownStartsBeforeTheOthersRestart()
    {
        var (turns, _) = await CheckedAsync(parallel: 16, ("h1", "a", ResourceAction.Restart), ("h2", "a", ResourceAction.Restart), ("h3", "a", ResourceAction.Start));

        await turns.ApplyAsync(Stage.Start, Cancellation);

        Assert.Equal(["h3 begins", "h3 ends", "h1 begins", "h1 ends", "h2 begins", "h2 ends"], log);
    }

    [Fact]
    public async Task AfterARestartThatFailedTheOtherMembersAreLeftAsTheyAre()
    {
        var (turns, _) = await CheckedAsync(parallel: 16, ("h1", "a", ResourceAction.Restart), ("h2 fails", "a", ResourceAction.Restart), ("h3", "a", ResourceAction.Restart), ("h4", "b", ResourceAction.Restart));

        await turns.ApplyAsync(Stage.Start, Cancellation);

        Assert.Equal(["h1 begins", "h1 ends", "h2 fails begins", "h2 fails ends"], log.Where(l => !l.StartsWith("h4", StringComparison.Ordinal)));
        Assert.Contains("h4 ends", log);
    }

    [Fact]
    public async Task AfterAStartThatFailedTheOtherMembersAreLeftAsTheyAre()
    {
        var (turns, _) = await CheckedAsync(parallel: 16, ("h1", "a", ResourceAction.Restart), ("h2 fails", "a", ResourceAction.Start));

        await turns.ApplyAsync(Stage.Start, Cancellation);

        Assert.Equal(["h2 fails begins", "h2 fails ends"], log);
    }

    [Fact]
    public async Task ClustersThatShareNoHostRestartSideBySide()
    {
        var (turns, sessions) = await CheckedAsync(parallel: 16, endsAtOnce: false, ("h1", "a", ResourceAction.Restart), ("h2", "b", ResourceAction.Restart));

        var apply = turns.ApplyAsync(Stage.Start, Cancellation);
        await Task.WhenAll(sessions.Select(s => s.Begun));
        sessions.ForEach(s => s.End(Stage.Start));
        await apply;

        Assert.Equal(["h1 begins", "h2 begins"], log.Take(2).Order());
    }

    [Fact]
    public async Task MembersTakeTurnsAtJoiningWhateverTheirCheckFound()
    {
        var (turns, _) = await CheckedAsync(parallel: 16, ("h1", "a", ResourceAction.None), ("h2", "a", ResourceAction.Change));

        await turns.ApplyAsync(Stage.Cluster, Cancellation);

        Assert.Equal(["h1 begins", "h1 ends", "h2 begins", "h2 ends"], log);
    }

    [Fact]
    public async Task AHostThatFallsSilentWhileItWaitsForOthersIsNamedBeforeTheyHaveFinished()
    {
        var (turns, sessions) = await CheckedAsync(parallel: 16, endsAtOnce: false, ("h1", "a", ResourceAction.Restart), ("h2", "b", ResourceAction.Restart));
        var apply = turns.ApplyAsync(Stage.Start, Cancellation);
        await Task.WhenAll(sessions.Select(s => s.Begun));
        sessions[0].End(Stage.Start);

        sessions[0].BreakOff();

        var named = await failed.Task.WaitAsync(Soon, Cancellation);
        Assert.Equal(("h1", HostFailureReason.Unreachable), (named.Host, named.Failure.Reason));
        Assert.False(apply.IsCompleted);
        sessions[1].End(Stage.Start);
        await apply;
        Assert.Equal(["h1"], runs[0].Hosts.Where(h => h.Failure is not null).Select(h => h.Host));
    }

    // Ctrl-C at a terminal reaches the SSH clients as well, and they are faster.
    [Fact]
    public async Task AWayToAHostThatBreaksOffAsTheRunIsInterruptedIsNoFailureOfTheHost()
    {
        var (turns, sessions) = await CheckedAsync(parallel: 16, endsAtOnce: false, ("h1", "a", ResourceAction.Restart), ("h2", "b", ResourceAction.Restart));
        var apply = turns.ApplyAsync(Stage.Start, interruption.Token);
        await Task.WhenAll(sessions.Select(s => s.Begun));
        sessions[0].End(Stage.Start);
        sessions[0].BreakOff();
        sessions[1].BreakOff();

        await interruption.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => apply.WaitAsync(Soon, Cancellation));
        Assert.False(failed.Task.IsCompleted);
        Assert.All(runs[0].Hosts, host => Assert.Null(host.Failure));
    }

    [Fact]
    public async Task AMemberThatFallsSilentBeforeItsTurnIsNotAskedAndTheOthersAreLeftAsTheyAre()
    {
        var (turns, sessions) = await CheckedAsync(
            parallel: 16, endsAtOnce: false, ("h1", "a", ResourceAction.Restart), ("h2", "a", ResourceAction.Restart), ("h3", "a", ResourceAction.Restart));
        var apply = turns.ApplyAsync(Stage.Start, Cancellation);
        await sessions[0].Begun;

        sessions[1].BreakOff();
        await failed.Task.WaitAsync(Soon, Cancellation);
        sessions[0].End(Stage.Start);
        await apply;

        Assert.Equal(["h1 begins", "h1 ends"], log);
    }

    void IProgress<HostEvent>.Report(HostEvent value)
    {
        if (value is HostFailed failure)
        {
            failed.TrySetResult(failure);
        }
    }

    public async ValueTask DisposeAsync()
    {
        interruption.Dispose();
        foreach (var run in runs)
        {
            await run.DisposeAsync();
        }
    }

    private Task<(StageTurns Turns, List<ScriptedSession> Sessions)> CheckedAsync(
        int parallel, params (string Host, string Cluster, ResourceAction Action)[] hosts) => CheckedAsync(parallel, endsAtOnce: true, hosts);

    private async Task<(StageTurns Turns, List<ScriptedSession> Sessions)> CheckedAsync(
        int parallel, bool endsAtOnce, params (string Host, string Cluster, ResourceAction Action)[] hosts)
    {
        var plan = new Plan { Deployment = "test", Hosts = [.. hosts.Select(h => PlanOf(h.Host, h.Cluster))] };
        var run = new FleetRun(hosts.Select(h => h.Host), progress: this, parallel);
        runs.Add(run);
        var sessions = new List<ScriptedSession>();
        foreach (var (host, found) in run.Hosts.Zip(hosts))
        {
            var session = new ScriptedSession(found.Host, log.Enqueue)
            {
                EndsAtOnce = endsAtOnce,
                Fails = found.Host.EndsWith("fails", StringComparison.Ordinal),
            };
            session.Finds(ServiceOf(found.Cluster), found.Action);
            sessions.Add(session);
            await host.CheckAsync(null, _ => ValueTask.FromResult<IHostSession>(session), interruption.Token);
        }

        return (new StageTurns(plan, run), sessions);
    }

    private static HostPlan PlanOf(string host, string cluster) => new()
    {
        Host = host,
        Stages =
        [
            new StagePlan(Stage.Start, [ServiceOf(cluster)]),
            new StagePlan(Stage.Cluster, [new RabbitMqClusterResource { Membership = MembershipOf(cluster), Provisions = host == "h1" }]),
        ],
    };

    private static ServiceResource ServiceOf(string cluster) => new()
    {
        Unit = "broker",
        Description = "",
        Command = ["/bin/true"],
        User = "root",
        WorkingDirectory = "/",
        RuntimeDirectory = "/run/broker",
        OutputFile = "/dev/null",
        Guard = MembershipOf(cluster),
    };

    private static RabbitMqMembership MembershipOf(string cluster) => new()
    {
        Management = new RabbitMqManagement { Instance = cluster, Port = 1, UserName = "twinbus", Password = new Secret("x") },
        Members = ["a@h1", "a@h2", "a@h3"],
    };
}
