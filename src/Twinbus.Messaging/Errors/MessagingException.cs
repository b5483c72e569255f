namespace Twinbus.Messaging;

/// <summary>
/// What every failure of this library derives from. The message says what failed, where, why and what to do next; it
/// never holds a password.
/// </summary>
public class MessagingException : Exception
{
    /// <summary>Makes an error with its reason.</summary>
    /// <param name="reason">Why it failed.</param>
    /// <param name="message">What failed, where, why, and what to do next.</param>
    /// <param name="innerException">The cause, when there is one.</param>
    public MessagingException(MessagingErrorReason reason, string message, Exception? innerException = null)
        : base(message, innerException) => Reason = reason;

    /// <summary>Why it failed.</summary>
    public MessagingErrorReason Reason { get; }

    /// <summary>Whether the same operation may succeed later without anybody changing anything.</summary>
    public bool IsTransient => Reason is MessagingErrorReason.ConnectionRefused or MessagingErrorReason.Unreachable
        or MessagingErrorReason.ConnectionLost or MessagingErrorReason.PublisherBlocked or MessagingErrorReason.Rejected
        or MessagingErrorReason.Unconfirmed or MessagingErrorReason.Undeliverable or MessagingErrorReason.Timeout;
}
