namespace Twinbus.Hosts.Locks;

/// <summary>Who holds a lock.</summary>
/// <param name="ProcessId">The holder's process.</param>
/// <param name="Host">The machine that it runs on.</param>
/// <param name="User">The user that started it.</param>
/// <param name="Started">When it took the lock.</param>
/// <param name="RunId">Its run.</param>
/// <param name="Purpose">What it does, such as <c>deploy</c>.</param>
public sealed record LockHolder(int ProcessId, string Host, string User, DateTimeOffset Started, string RunId, string Purpose)
{
    /// <summary>On a host: since when the agent knows that its deployer is gone, and only ends what it is at; null before.</summary>
    public DateTimeOffset? Abandoned { get; init; }

    /// <summary>On a host: what an abandoned agent is at.</summary>
    public string? At { get; init; }

    /// <summary>The holder in a phrase, such as <c>deploy of root@desk (process 12, run 1a2b)</c>.</summary>
    internal string Phrase => $"{Purpose} of {User}@{Host} (process {ProcessId}, run {RunId})";

    /// <summary>This process.</summary>
    internal static LockHolder Here(string purpose, string runId, TimeProvider clock) => new(
        Environment.ProcessId, Environment.MachineName, Environment.UserName, clock.GetUtcNow(), runId, purpose);
}
