using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Locks;
using Twinbus.Hosts.Plans;

namespace Twinbus.Hosts.Tests.Converging;

/// <summary>A host's lock between a run that was killed or is at work, and the one after it.</summary>
public sealed class HostLockTests : IDisposable
{
    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(5);
    private static readonly LockHolder Living = new(12, "desk", "operator", DateTimeOffset.UnixEpoch, "first", "deploy");
    private static readonly LockHolder Abandoned = Living with { Abandoned = DateTimeOffset.UnixEpoch.AddMinutes(3), At = "package p: unpacking" };

    private readonly TestHost host = new();
    private readonly WaitedForClock clock = new();
    private readonly List<HostEvent> told = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string LockPath => host["var/lib/twinbus/ledger/test.lock"];

    public void Dispose() => host.Dispose();

    [Fact]
    public async Task WhatAKilledRunsAgentStillEndsIsReadByTheNextRunAndNotOverlooked()
    {
        await host.DeployAsync(host.File("a.conf", "wanted\n"));
        var agent = Hold(Abandoned);
        var waiting = new FirstOf<RunAwaited>();
        var deploy = host.Runner().DeployAsync(host.PlanOf(host.File("a.conf", "wanted\n")), waiting, Cancellation);

        await waiting.Happened.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
        host.Write("a.conf", "what the killed run wanted\n");
        agent.Dispose();

        Assert.Equal(ResourceAction.Change, Assert.Single((await deploy).Changes).Action);
        Assert.Equal("wanted\n", await File.ReadAllTextAsync(host["a.conf"], Cancellation));
    }

    [Fact]
    public async Task APlanIsLookedAtWhileAnotherRunIsAtWork()
    {
        await host.DeployAsync(host.File("a.conf", "wanted\n"));
        using var other = Hold(Living);

        Assert.True((await host.CheckAsync(host.File("a.conf", "wanted\n"))).Succeeded);
    }

    [Fact]
    public async Task ARunThatIsAliveIsWaitedForAMinuteAndNamed()
    {
        using var other = Hold(Living);
        var failed = await FailureAfterAsync(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(61));

        Assert.Equal(HostFailureReason.Held, failed.Reason);
        Assert.Contains("deploy of operator@desk (process 12, run first) has held it since 1970-01-01 00:00:00 UTC.", failed.Failure.Why, StringComparison.Ordinal);
        Assert.Equal(["waiting for deploy of operator@desk (process 12, run first)"], told.Cast<RunAwaited>().Select(e => e.Text));
    }

    [Fact]
    public async Task AnAbandonedRunIsWaitedForForAsLongAsItComesOn()
    {
        var other = Hold(Living);
        var taking = TakeAsync();
        await PassAsync(TimeSpan.FromSeconds(50), taking);
        for (var minute = 0; minute < 25; minute += 5)
        {
            other.Say(Abandoned with { At = $"package p: {minute}" });
            await PassAsync(TimeSpan.FromMinutes(5), taking);
        }

        Assert.False(taking.IsCompleted);
        Assert.Equal("waiting for what is left of deploy of operator@desk (process 12, run first), which was killed or cut off: package p: 20", told.Cast<RunAwaited>().Last().Text);
        other.Dispose();
        await PassAsync(TimeSpan.FromSeconds(1), taking);
        (await taking).Dispose();
    }

    [Fact]
    public async Task AnAbandonedRunThatStandsStillIsGivenUpAndWhatItIsAtIsNamed()
    {
        using var other = Hold(Abandoned);
        var failed = await FailureAfterAsync(TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(11));

        Assert.Contains("It was killed or cut off at 00:03:00, and still ends package p: unpacking.", failed.Failure.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnAgentThatIsAbandonedSaysSoAndWhatItIsAt()
    {
        using var gone = new CancellationTokenSource();
        using var hold = await new HostLock(host.Layout, "test", clock, told.Add).TakeAsync(Living, gone.Token);
        hold.Note("package p");
        Assert.Equal(Living, DeploymentLock.HolderOf(LockPath));

        await gone.CancelAsync();
        Assert.Equal(("package p", clock.GetUtcNow()), (DeploymentLock.HolderOf(LockPath)!.At, DeploymentLock.HolderOf(LockPath)!.Abandoned!.Value));

        clock.Advance(TimeSpan.FromSeconds(1));
        hold.Note(new ResourceProgress("package", "p", "unpacking"));
        Assert.Equal("package p: unpacking", DeploymentLock.HolderOf(LockPath)!.At);
    }

    [Fact]
    public async Task WhoeverRemovesADeploymentLeavesThePackageLockToTheOneThatHoldsIt()
    {
        await host.DeployAsync(host.File("a.conf", "x\n"));
        var packages = host["var/lib/twinbus/packages.lock"];
        using (DeploymentLock.Take(packages, "Packages", Living))
        {
            Assert.True((await host.RemoveAsync()).Succeeded);
            Assert.True(DeploymentLock.IsHeld(packages));
        }

        await host.DeployAsync(host.File("a.conf", "x\n"));
        Assert.True((await host.RemoveAsync()).Succeeded);
        Assert.False(Directory.Exists(host["var/lib/twinbus"]));
    }

    private DeploymentLock Hold(LockHolder holder)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(LockPath)!);
        return DeploymentLock.Take(LockPath, "It", holder);
    }

    private Task<HeldHostLock> TakeAsync() => new HostLock(host.Layout, "test", clock, told.Add).TakeAsync(Living with { RunId = "second" }, Cancellation);

    private async Task<HostException> FailureAfterAsync(TimeSpan patience, TimeSpan end)
    {
        var taking = TakeAsync();
        await PassAsync(patience - TimeSpan.FromSeconds(1), taking);
        Assert.False(taking.IsCompleted);
        await PassAsync(end - patience + TimeSpan.FromSeconds(1), taking);
        return await Assert.ThrowsAsync<HostException>(() => taking.WaitAsync(TimeSpan.FromSeconds(30), Cancellation));
    }

    // Step by step, each after whoever waits has begun to wait for it; over when nobody does any more.
    private async Task PassAsync(TimeSpan time, Task waiting)
    {
        for (var left = time; left > TimeSpan.Zero && await clock.IsWaitedForAsync(waiting);)
        {
            var step = left < LongestStep ? left : LongestStep;
            clock.Advance(step);
            left -= step;
        }
    }

    private sealed class WaitedForClock : FakeTimeProvider
    {
        private readonly Channel<TimeSpan> armed = Channel.CreateUnbounded<TimeSpan>();

        /// <summary>Whether somebody waits for this clock, rather than having come to an end.</summary>
        public async Task<bool> IsWaitedForAsync(Task waiting)
        {
            var next = armed.Reader.ReadAsync(Cancellation).AsTask();
            return await Task.WhenAny(next, waiting).WaitAsync(TimeSpan.FromSeconds(30), Cancellation) == next;
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            armed.Writer.TryWrite(dueTime);
            return timer;
        }
    }

    private sealed class FirstOf<T> : IProgress<HostEvent>
    {
        private readonly TaskCompletionSource happened = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Happened => happened.Task;

        public void Report(HostEvent value)
        {
            if (value is T)
            {
                happened.TrySetResult();
            }
        }
    }
}
