using Twinbus.Messaging;

namespace Twinbus.Lab.Tests.Traffic;

/// <summary>What a load was and what became of it.</summary>
internal sealed record TrafficReport
{
    public required TimeSpan Duration { get; init; }

    public required Ledger Calls { get; init; }

    public required Ledger Notifications { get; init; }

    /// <summary>Share of the calls that failed.</summary>
    public double FailedCalls => (double)Calls.Failed.Count / Calls.All.Count;

    /// <summary>How long after <paramref name="moment"/> the first run of that length begins in which nothing failed: neither was sent in vain nor ended badly.</summary>
    public TimeSpan BackAfter(DateTimeOffset moment, TimeSpan run)
    {
        var begin = moment;
        foreach (var bad in Calls.Failed.Concat(Notifications.Failed).SelectMany(s => new[] { s.Begun, s.Ended!.Value }).Where(at => at >= moment).Order())
        {
            if (bad - begin >= run)
            {
                break;
            }

            begin = bad;
        }

        return begin - moment;
    }

    /// <summary>Holds whatever happened to the cluster.</summary>
    public void AssertKept()
    {
        Assert.Empty(Notifications.Missing);
        Assert.DoesNotContain(Calls.Failed, s => s.Failure is WrongReplyException);
        Assert.All(Calls.Failed.Concat(Notifications.Failed), s => Assert.IsAssignableFrom<MessagingException>(s.Failure));
        Assert.All(Calls.All.Concat(Notifications.All), s => Assert.NotNull(s.Ended));

        // The library sends nothing twice. The broker does: what it heard no acknowledgement of before its node went down goes to
        // another server, which cannot know that the first one runs it. A handful at most, of those at work at that moment.
        Assert.True(Calls.Repeated.Count <= Calls.All.Count / 1000, $"{Calls.Repeated.Count} calls ran twice: {string.Join(", ", Calls.Repeated.Take(20))}");
    }

    public override string ToString() =>
        $"{Duration.TotalSeconds:0} s: {Calls.All.Count} calls, {Calls.Done} answered, {Calls.Failed.Count} failed ({FailedCalls:P2}; {Calls.Reasons()}), "
        + $"{Calls.Repeated.Count} ran twice; {Notifications.All.Count} notifications, {Notifications.Done} confirmed, {Notifications.Missing.Count} of these lost, "
        + $"{Notifications.Failed.Count} failed ({Notifications.Reasons()}), {Notifications.Copies} copies";
}
