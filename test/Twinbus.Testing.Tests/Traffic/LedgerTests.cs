using Twinbus.Messaging;
using Twinbus.Testing.Traffic;
using Xunit;

namespace Twinbus.Testing.Tests.Traffic;

public sealed class LedgerTests
{
    private readonly Ledger ledger = new();

    [Fact]
    public async Task WhatWasConfirmedAndNeverReceivedIsMissing()
    {
        await ledger.TrackAsync(1, 0, () => Task.CompletedTask);
        await ledger.TrackAsync(2, 1, () => Task.CompletedTask);
        ledger.Received(1);
        Assert.Equal([2], ledger.Missing);
    }

    [Fact]
    public async Task WhatFailedIsNotMissingThoughNobodyReceivedIt()
    {
        await ledger.TrackAsync(1, 0, () => throw new MessagingException(MessagingErrorReason.Timeout, "nothing came"));
        Assert.Empty(ledger.Missing);
        Assert.Empty(ledger.Done);
        Assert.True(Assert.Single(ledger.Failed).IsTimedOut);
        Assert.Equal("1 Timeout", ledger.Reasons());
    }

    [Fact]
    public async Task WhatIsReceivedAgainIsCountedOnceAsRepeatedAndEachTimeAsACopy()
    {
        await ledger.TrackAsync(1, 0, () => Task.CompletedTask);
        ledger.Received(1);
        ledger.Received(1);
        ledger.Received(1);
        Assert.Equal([1], ledger.Repeated);
        Assert.Equal(2, ledger.Copies);
    }

    [Fact]
    public void WhatHasNoEndHasNoOutcomeWhateverTheLimit()
    {
        var never = ledger.TrackAsync(7, 2, () => new TaskCompletionSource().Task);
        Assert.False(never.IsCompleted);
        Assert.Equal(7, Assert.Single(ledger.WithoutOutcomeAfter(TimeSpan.MaxValue)).Number);
        Assert.Empty(ledger.Done);
        Assert.Empty(ledger.Missing);
    }

    [Fact]
    public async Task AnOutcomeAfterTheLimitIsNoneInTime()
    {
        await ledger.TrackAsync(1, 0, async () => await Task.Yield());
        Assert.Single(ledger.WithoutOutcomeAfter(TimeSpan.Zero));
        Assert.Empty(ledger.WithoutOutcomeAfter(TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task AnAnswerOfAnotherCallIsWrongAndNoTimeout()
    {
        await ledger.TrackAsync(1, 0, () => throw new WrongReplyException("call 1 was answered with 2"));
        ledger.Received(1);
        await ledger.TrackAsync(2, 0, () => throw new MessagingException(MessagingErrorReason.Timeout, "nothing came"));
        ledger.Received(2);
        await ledger.TrackAsync(3, 0, () => throw new MessagingException(MessagingErrorReason.Timeout, "nothing came"));
        var now = TimeProvider.System.GetUtcNow();
        var report = new TrafficReport { Begun = now, Ended = now, Deadline = TimeSpan.FromSeconds(20), Calls = ledger, Notifications = new Ledger() };
        Assert.Equal(1, report.Wrong);
        Assert.Equal(2, report.TimedOut);
        Assert.Equal(1, report.TimedOutExecuted);
        Assert.Empty(report.HungSendings);
    }
}
