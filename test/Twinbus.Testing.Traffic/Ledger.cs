using System.Collections.Concurrent;
using Twinbus.Messaging;

namespace Twinbus.Testing.Traffic;

/// <summary>What became of each of many numbered sendings, and how often each was received.</summary>
public sealed class Ledger
{
    private readonly ConcurrentDictionary<int, Sending> sendings = new();
    private readonly ConcurrentDictionary<int, int> received = new();

    /// <summary>All of them.</summary>
    public IReadOnlyCollection<Sending> All => [.. sendings.Values];

    /// <summary>Those that came to a good end.</summary>
    public IReadOnlyCollection<Sending> Done => [.. sendings.Values.Where(s => s.IsDone)];

    /// <summary>Those that failed.</summary>
    public IReadOnlyCollection<Sending> Failed => [.. sendings.Values.Where(s => s.Failure is not null)];

    /// <summary>Numbers received more than once.</summary>
    public IReadOnlyCollection<int> Repeated => [.. received.Where(r => r.Value > 1).Select(r => r.Key).Order()];

    /// <summary>Numbers that ended well, and that nobody has received.</summary>
    public IReadOnlyCollection<int> Missing => [.. sendings.Values.Where(s => s.IsDone && !WasReceived(s.Number)).Select(s => s.Number).Order()];

    /// <summary>Receptions beyond the first of each.</summary>
    public int Copies => received.Values.Sum(times => times - 1);

    public void Received(int number) => received.AddOrUpdate(number, 1, static (_, times) => times + 1);

    public bool WasReceived(int number) => received.ContainsKey(number);

    /// <summary>Those without an outcome at <paramref name="limit"/> after they began, whether one came later or never.</summary>
    public IReadOnlyCollection<Sending> WithoutOutcomeAfter(TimeSpan limit) =>
        [.. sendings.Values.Where(s => s.Ended is not { } ended || ended - s.Begun > limit).OrderBy(s => s.Number)];

    /// <summary>Runs a sending to its end, whatever that is.</summary>
    /// <param name="number">Its number, used once.</param>
    /// <param name="sender">Who sends.</param>
    /// <param name="send">Sends.</param>
    public async Task TrackAsync(int number, int sender, Func<Task> send)
    {
        ArgumentNullException.ThrowIfNull(send);
        var begun = TimeProvider.System.GetUtcNow();
        sendings[number] = new Sending(number, sender, begun, null, null);
        Exception? failure = null;
        try
        {
            await send();
        }
        catch (Exception error)
        {
            // Kept, and judged at the end.
            failure = error;
        }

        sendings[number] = new Sending(number, sender, begun, TimeProvider.System.GetUtcNow(), failure);
    }

    /// <summary>Failures by reason, such as <c>3 Timeout, 2 Unconfirmed</c>.</summary>
    public string Reasons()
    {
        var failed = Failed;
        return failed.Count == 0
            ? "none"
            : string.Join(", ", failed.GroupBy(s => s.Reason).OrderByDescending(g => g.Count()).Select(g => $"{g.Count()} {g.Key}"));
    }
}

/// <summary>One sending: who sent it, when it began, when it ended, and the error if that was its end.</summary>
public sealed record Sending(int Number, int Sender, DateTimeOffset Begun, DateTimeOffset? Ended, Exception? Failure)
{
    /// <summary>Whether it ended well.</summary>
    public bool IsDone => Failure is null && Ended is not null;

    /// <summary>Whether nothing was heard of it in time.</summary>
    public bool IsTimedOut => Failure is MessagingException { Reason: MessagingErrorReason.Timeout };

    /// <summary>The library's reason, or the name of an error that is not the library's.</summary>
    public string Reason => Failure switch
    {
        MessagingException known => known.Reason.ToString(),
        { } unknown => unknown.GetType().Name,
        null => "none",
    };
}

/// <summary>A reply that is not that of its call.</summary>
public sealed class WrongReplyException(string message) : Exception(message);
