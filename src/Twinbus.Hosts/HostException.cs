namespace Twinbus.Hosts;

/// <summary>Why something on a host, or a whole run, did not work.</summary>
public enum HostFailureReason
{
    /// <summary>The change needs root, and there is neither root nor a working <c>sudo</c>.</summary>
    NotPermitted,

    /// <summary>A package could not be installed or removed.</summary>
    Package,

    /// <summary>A file, directory or user could not be made as it shall be.</summary>
    FileSystem,

    /// <summary>The disk or its inodes are used up.</summary>
    DiskFull,

    /// <summary>A service did not start, or died.</summary>
    Service,

    /// <summary>A broker refused what was asked of its management API, or did not answer.</summary>
    Broker,

    /// <summary>What the plan asks for would lose messages or a queue's majority; nothing was changed on any host.</summary>
    Refused,

    /// <summary>Another deployment has a port that the plan gives to a service; nothing was changed on any host.</summary>
    PortTaken,

    /// <summary>Another run holds the deployment or its part on the host.</summary>
    Held,

    /// <summary>The host does not answer, or the connection fell silent.</summary>
    Unreachable,

    /// <summary>The host's SSH key is unknown or not the one that was accepted.</summary>
    HostKey,

    /// <summary>The host's operating system or processor is not one that Twinbus supports.</summary>
    Unsupported,

    /// <summary>The host does not know the address of another one that it needs.</summary>
    NameUnknown,

    /// <summary>The host changed since the plan was made.</summary>
    StalePlan,

    /// <summary>The host has no agent yet.</summary>
    NoAgent,

    /// <summary>The agent and the runner do not understand each other.</summary>
    Protocol,

    /// <summary>The run was interrupted.</summary>
    Interrupted,
}

/// <summary>What went wrong on a host: what, why and what to do next, without a secret.</summary>
/// <param name="Reason">The class of the failure.</param>
/// <param name="What">One sentence: what did not work.</param>
/// <param name="Why">The cause as far as it is known; may hold several lines, such as the end of a log.</param>
/// <param name="Next">What to do next, as a sentence or a command.</param>
public sealed record HostFailure(HostFailureReason Reason, string What, string Why, string Next)
{
    /// <summary>The host, when it is known.</summary>
    public string? Host { get; init; }

    /// <summary>The resource's kind, when one resource failed.</summary>
    public string? Kind { get; init; }

    /// <summary>The resource's name, when one resource failed.</summary>
    public string? Name { get; init; }

    /// <summary>Where it happened: <c>host: kind name</c>, as far as it is known.</summary>
    public string Where => (Host, Kind) switch
    {
        (null, null) => "",
        (null, _) => $"{Kind} {Name}",
        (_, null) => Host,
        _ => $"{Host}: {Kind} {Name}",
    };

    /// <inheritdoc/>
    public override string ToString() => $"{(Where.Length > 0 ? Where + ": " : "")}{What} {Why} {Next}".TrimEnd();
}

/// <summary>The one exception of this library: a failure that a user is meant to read.</summary>
public sealed class HostException : Exception
{
    /// <summary>Wraps <paramref name="failure"/>.</summary>
    public HostException(HostFailure failure, Exception? inner = null)
        : base(failure?.ToString(), inner)
    {
        ArgumentNullException.ThrowIfNull(failure);
        Failure = failure;
    }

    /// <summary>A failure from its parts.</summary>
    public HostException(HostFailureReason reason, string what, string why, string next, Exception? inner = null)
        : this(new HostFailure(reason, what, why, next), inner)
    {
    }

    /// <summary>What went wrong.</summary>
    public HostFailure Failure { get; }

    /// <summary>The class of the failure; what an exit code is chosen by.</summary>
    public HostFailureReason Reason => Failure.Reason;
}
