namespace Twinbus.Messaging.Wire;

/// <summary>What arrived is not a message of this protocol. A driver logs the reason and refuses the message, once.</summary>
public sealed class MalformedMessageException : MessagingException
{
    /// <summary>Makes the error.</summary>
    /// <param name="why">What is wrong with it, as part of a sentence.</param>
    /// <param name="innerException">The parser's error.</param>
    public MalformedMessageException(string why, Exception? innerException = null)
        : base(MessagingErrorReason.MalformedMessage, $"Malformed message: {why}.", innerException)
    {
    }
}
