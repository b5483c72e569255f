using System.Collections.Concurrent;
using Twinbus.Messaging;

namespace Twinbus.Lab.Tests.Traffic;

/// <summary>What became of each of many numbered sendings, and how often each was received.</summary>
internal sealed class Ledger
{
    private readonly ConcurrentDictionary<int, Sending> sendings = new();
    private readonly ConcurrentDictionary<int, int> received = new();

    /// <summary>All of them.</summary>
    public IReadOnlyCollection<Sending> All => [.. sendings.Values];

    /// <summary>How many came to a good end.</summary>
    public int Done => sendings.Values.Count(s => s is { Failure: null, Ended: not null });

    /// <summary>Those that failed.</summary>
    public IReadOnlyCollection<Sending> Failed => [.. sendings.Values.Where(s => s.Failure is not null)];

    /// <summary>Numbers received more than once.</summary>
    public IReadOnlyCollection<int> Repeated => [.. received.Where(r => r.Value > 1).Select(r => r.Key).Order()];

    /// <summary>Numbers that ended well, and that nobody has received.</summary>
    public IReadOnlyCollection<int> Missing =>
        [.. sendings.Where(s => s.Value is { Failure: null, Ended: not null } && !received.ContainsKey(s.Key)).Select(s => s.Key).Order()];

    /// <summary>Receptions beyond the first of each.</summary>
    public int Copies => received.Values.Sum(times => times - 1);

    public void Received(int number) => received.AddOrUpdate(number, 1, static (_, times) => times + 1);

    /// <summary>Runs a sending to its end, whatever that is.</summary>
    public async Task TrackAsync(int number, Func<Task> send)
    {
        var begun = TimeProvider.System.GetUtcNow();
        sendings[number] = new Sending(number, begun, null, null);
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

        sendings[number] = new Sending(number, begun, TimeProvider.System.GetUtcNow(), failure);
    }

    /// <summary>Failures by reason, such as <c>3 Timeout, 2 Unconfirmed</c>.</summary>
    public string Reasons() => Failed.Count == 0
        ? "none"
        : string.Join(", ", Failed.GroupBy(s => s.Reason).OrderByDescending(g => g.Count()).Select(g => $"{g.Count()} {g.Key}"));
}

/// <summary>One sending: when it began, when it ended, and the error if that was its end.</summary>
internal sealed record Sending(int Number, DateTimeOffset Begun, DateTimeOffset? Ended, Exception? Failure)
{
    /// <summary>The library's reason, or the name of an error that is not the library's.</summary>
    public string Reason => Failure switch
    {
        MessagingException known => known.Reason.ToString(),
        { } unknown => unknown.GetType().Name,
        null => "none",
    };
}

/// <summary>A reply that is not that of its call.</summary>
internal sealed class WrongReplyException(string message) : Exception(message);
