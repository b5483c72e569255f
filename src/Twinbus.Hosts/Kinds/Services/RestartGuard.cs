using System.Text.Json.Serialization;

namespace Twinbus.Hosts.Kinds.Services;

/// <summary>
/// What a service that is one of several needs around its restart, as a server knows it: pure data like all of a plan. What
/// is done about it is the <see cref="RestartGuarding"/> that was added with it (<see cref="RestartGuarding.AddRestartGuard"/>).
/// </summary>
public abstract record RestartGuard
{
    /// <summary>The group whose members are restarted one at a time; they start all at once, since they may wait for each other.</summary>
    [JsonIgnore]
    public abstract string Group { get; }

    /// <summary>How often it may crash while it starts at the same time as the others, and is started again. Default: never.</summary>
    [JsonIgnore]
    public virtual int CrashesTolerated => 0;

    /// <summary>What to do next when it does not start, as a sentence; null: what its own output says.</summary>
    [JsonIgnore]
    public virtual string? StartAdvice => null;

    /// <summary>What its members must have alike; null when there is nothing of the kind.</summary>
    [JsonIgnore]
    public virtual SharedFile? SharedFile => null;
}

/// <summary>
/// A file that all members have alike, or they do not find each other: while the service is with the others, a restart
/// that would give it another content is refused, and nothing is changed on any host.
/// </summary>
/// <param name="Path">Absolute; one of the service's loaded files.</param>
/// <param name="What">The refusal: what is refused.</param>
/// <param name="Why">The refusal: why.</param>
/// <param name="Next">The refusal: what to do next.</param>
public sealed record SharedFile(string Path, string What, string Why, string Next);
