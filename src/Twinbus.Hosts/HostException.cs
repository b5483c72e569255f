namespace Twinbus.Hosts;

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
