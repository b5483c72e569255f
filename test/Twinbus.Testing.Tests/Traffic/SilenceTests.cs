using Twinbus.Testing.Traffic;
using Xunit;

namespace Twinbus.Testing.Tests.Traffic;

public sealed class SilenceTests
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void OneSendersSilenceIsNotThatOfAll() => Assert.Equal(
        new Silence(TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(4)),
        Of([Good(sender: 1, at: 1), Good(sender: 1, at: 10), Good(sender: 2, at: 4), Good(sender: 2, at: 8)], seconds: 11));

    [Fact]
    public void AFailureDoesNotEndASilence() => Assert.Equal(
        TimeSpan.FromSeconds(7),
        Of([Good(sender: 1, at: 1), Good(sender: 1, at: 5) with { Failure = new TimeoutException() }, Good(sender: 1, at: 8)], seconds: 9).OfOne);

    [Fact]
    public void WhatBeginsAtTheStartOrLastsToTheEndCounts()
    {
        Assert.Equal(TimeSpan.FromSeconds(6), Of([Good(sender: 1, at: 6), Good(sender: 1, at: 8)], seconds: 9).OfOne);
        Assert.Equal(TimeSpan.FromSeconds(7), Of([Good(sender: 1, at: 1), Good(sender: 1, at: 2)], seconds: 9).OfOne);
    }

    [Fact]
    public void WhatSucceedsAfterTheEndEndsNothing() =>
        Assert.Equal(TimeSpan.FromSeconds(8), Of([Good(sender: 1, at: 1), Good(sender: 1, at: 30)], seconds: 9).OfOne);

    [Fact]
    public void WithoutASuccessAllOfItIsSilence()
    {
        Assert.Equal(new Silence(TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(9)), Of([], seconds: 9));
        Assert.Equal(TimeSpan.FromSeconds(9), Of([Good(sender: 1, at: 1) with { Ended = null }, Good(sender: 2, at: 4)], seconds: 9).OfOne);
    }

    private static Silence Of(Sending[] sendings, int seconds) => Silence.Of(sendings, Begin, Begin.AddSeconds(seconds));

    private static Sending Good(int sender, int at) => new(at, sender, Begin, Begin.AddSeconds(at), null);
}
