using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Twinbus.Hosts.Agent;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Locks;
using Twinbus.Hosts.Sessions;
using Twinbus.Testing;

namespace Twinbus.Hosts.Tests.Sessions;

/// <summary>Agents below another program: what a host's shell, or the way to it, does to a session.</summary>
public sealed class ProcessSessionTests
{
    private const string Reached = """echo '{"event":"reached","agent":"0a","host":"h1"}';""";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WhatALoginShellPrintsAheadOfTheAgentIsPassedOver()
    {
        await using var session = Start($"echo welcome to h1; echo '{{'; echo '[1]'; echo null; {Reached} cat >/dev/null", TimeProvider.System);

        var first = await session.FirstAsync(Cancellation).AsTask().WaitAsync(Deadline, Cancellation);

        Assert.Equal("0a", Assert.IsType<HostReached>(first).Agent);
    }

    [Fact]
    public async Task AShellThatNeverStopsTalkingIsGivenUpWithWhatItSaid()
    {
        await using var session = Start("yes choose a menu entry", TimeProvider.System);

        var failure = await FailureAsync(session.FirstAsync(Cancellation).AsTask());

        Assert.Contains("choose a menu entry", failure.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatAHostSaysInsteadOfStartingTheAgentIsTheReason()
    {
        await using var session = Start("echo Please login as the user debian.; echo and not as root >&2; exit 142", TimeProvider.System);

        var failure = await FailureAsync(session.FirstAsync(Cancellation).AsTask());

        Assert.Contains("Please login as the user debian.", failure.Why, StringComparison.Ordinal);
        Assert.Contains("and not as root", failure.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnAgentThatIsNotToBeUnderstoodIsGivenUpThoughItWaitsForMore()
    {
        await using var session = Start($"{Reached} echo what; cat >/dev/null", TimeProvider.System);
        await session.FirstAsync(Cancellation);

        await FailureAsync(session.Events.ReadAsync(Cancellation).AsTask());
    }

    [Fact]
    public async Task AHostThatSaysNothingAtAllIsGivenUp()
    {
        var clock = new FakeTimeProvider();
        await using var session = Start("cat >/dev/null", clock);
        var first = session.FirstAsync(Cancellation).AsTask();

        clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Contains("60 s", (await FailureAsync(first)).Why, StringComparison.Ordinal);
    }

    // Whoever carries the session may not notice: a connection that others share, an agent that hangs.
    [Fact]
    public async Task AnAgentThatAnswersNoMoreIsGivenUpWithinHalfAMinuteAndOneThatDoesIsNot()
    {
        var clock = new FakeTimeProvider();
        await using var deaf = Start($"{Reached} exec sleep 1000", clock);
        await using var alive = Start($$"""{{Reached}} read -r request; while read -r line; do echo '{"event":"alive"}'; echo '{"event":"awaited","text":"x"}'; done""", clock);
        await deaf.FirstAsync(Cancellation);
        await alive.FirstAsync(Cancellation);
        await deaf.SendRequestAsync(Request, Cancellation);
        await alive.SendRequestAsync(Request, Cancellation);
        var silence = deaf.Events.Completion;
        for (var passed = AgentProgram.HeartbeatInterval; passed < TimeSpan.FromSeconds(30); passed += AgentProgram.HeartbeatInterval)
        {
            clock.Advance(AgentProgram.HeartbeatInterval);
            Assert.IsType<RunAwaited>(await alive.Events.ReadAsync(Cancellation).AsTask().WaitAsync(Deadline, Cancellation));
        }

        Assert.Contains("heard", (await FailureAsync(silence)).Why, StringComparison.Ordinal);
        Assert.False(alive.Events.Completion.IsCompleted);
    }

    [Fact]
    public async Task ASessionEndsThoughSomebodyElseKeepsItsPipes()
    {
        using var directory = new TemporaryDirectory();
        var session = Start($"sleep 1000 & echo $! > {directory["pid"]}; {Reached} read -r line", TimeProvider.System);
        await session.FirstAsync(Cancellation);
        using var init = Process.GetProcessById(int.Parse(await File.ReadAllTextAsync(directory["pid"], Cancellation), CultureInfo.InvariantCulture));

        await session.DisposeAsync().AsTask().WaitAsync(Deadline, Cancellation);

        Assert.False(init.HasExited);
        init.Kill();
    }

    private static ReplaceAgentRequest Request => new()
    {
        Host = "h1",
        Holder = new LockHolder(1, "desk", "root", DateTimeOffset.UnixEpoch, "run", "deploy"),
        Program = [],
        Sum = "",
    };

    private static ProcessSession Start(string script, TimeProvider clock) => ProcessSession.Start(
        new ProcessStartInfo("sh", ["-c", script]),
        AgentJson.Revealing(TestHost.Kinds),
        (code, said) => new HostFailure(HostFailureReason.Protocol, $"It ended with {code}.", said, ""),
        clock);

    private static async Task<HostFailure> FailureAsync(Task task)
    {
        var thrown = await Assert.ThrowsAnyAsync<Exception>(() => task.WaitAsync(Deadline, Cancellation));
        return Assert.IsType<HostException>(thrown as HostException ?? thrown.InnerException).Failure;
    }
}
