namespace Twinbus.Testing.Traffic;

/// <summary>What a load is made of.</summary>
public sealed record TrafficOptions
{
    /// <summary>Transport URL of callers and servers.</summary>
    public required string Rpc { get; init; }

    /// <summary>Transport URL of notifiers and listeners.</summary>
    public required string Notify { get; init; }

    /// <summary>Topic of the calls; notifications have that of <see cref="Events"/>. One that nobody used before has no messages of others.</summary>
    public string Topic { get; init; } = "traffic";

    /// <summary>How long a call waits for its answer.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Runs before the server, listener, caller and notifier of that number (1, 2, 3) connect, and may see to which host they do.
    /// </summary>
    public Func<int, Task>? BeforeConnecting { get; init; }

    /// <summary>Topic of the notifications.</summary>
    public string Events => Topic + "_events";

    /// <summary>The answer to a call; of no other call.</summary>
    public static long AnswerTo(int number) => (number * 2654435761L) ^ 0x5bd1e995;
}
