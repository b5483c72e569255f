namespace Twinbus.Testing.Traffic;

/// <summary>What a load was and what became of it.</summary>
public sealed record TrafficReport
{
    // What a machine at work may take to notice that a deadline is over.
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(1);

    /// <summary>When the first was sent.</summary>
    public required DateTimeOffset Begun { get; init; }

    /// <summary>When the last was sent.</summary>
    public required DateTimeOffset Ended { get; init; }

    /// <summary>How long a call waited for its answer.</summary>
    public required TimeSpan Deadline { get; init; }

    public required Ledger Calls { get; init; }

    public required Ledger Notifications { get; init; }

    /// <summary>How long it was sent.</summary>
    public TimeSpan Duration => Ended - Begun;

    /// <summary>Share of the calls that failed.</summary>
    public double FailedCalls => (double)Calls.Failed.Count / Calls.All.Count;

    /// <summary>Calls that got another's answer.</summary>
    public int Wrong => Calls.Failed.Count(s => s.Failure is WrongReplyException);

    /// <summary>Calls that nobody answered in time.</summary>
    public int TimedOut => Calls.Failed.Count(s => s.IsTimedOut);

    /// <summary>Those of them that a server ran all the same.</summary>
    public int TimedOutExecuted => Calls.Failed.Count(s => s.IsTimedOut && Calls.WasReceived(s.Number));

    /// <summary>Calls without an outcome a second after their deadline, and notifications (which have none) without one at the end.</summary>
    public IReadOnlyCollection<Sending> HungSendings => [.. Calls.WithoutOutcomeAfter(Deadline + Late), .. Notifications.WithoutOutcomeAfter(TimeSpan.MaxValue)];

    public Silence SilenceOfCalls => Silence.Of(Calls.All, Begun, Ended);

    public Silence SilenceOfNotifications => Silence.Of(Notifications.All, Begun, Ended);

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

    /// <summary>Errors by reason with one text of each, a line each.</summary>
    public IEnumerable<string> Errors() => Calls.Failed.Select(s => (Kind: "call", Sending: s)).Concat(Notifications.Failed.Select(s => (Kind: "notification", Sending: s)))
        .GroupBy(failed => (failed.Kind, failed.Sending.Reason))
        .Select(same => (same.Key, Count: same.Count(), First: same.MinBy(failed => failed.Sending.Begun).Sending))
        .Select(same => $"{same.Count} {same.Key.Kind} {same.Key.Reason}, such as {same.First.Number} of {same.First.Begun:HH:mm:ss.fff}: {same.First.Failure!.Message}");

    public override string ToString() =>
        $"{Duration.TotalSeconds:0} s: {Calls.All.Count} calls, {Calls.Done.Count} answered, {Calls.Failed.Count} failed ({FailedCalls:P2}; {Calls.Reasons()}), "
        + $"{Calls.Repeated.Count} ran twice; {Notifications.All.Count} notifications, {Notifications.Done.Count} confirmed, {Notifications.Missing.Count} of these lost, "
        + $"{Notifications.Failed.Count} failed ({Notifications.Reasons()}), {Notifications.Copies} copies";
}
