namespace Twinbus.Messaging;

/// <summary>The text is no transport URL.</summary>
public sealed class TransportUrlException : MessagingException
{
    internal TransportUrlException(string why, int position)
        : base(MessagingErrorReason.InvalidTransportUrl, $"Not a transport URL: at character {position + 1}, {why}.") =>
        (Position, Why) = (position, why);

    /// <summary>What is wrong there, as a phrase without a full stop.</summary>
    public string Why { get; }

    /// <summary>Where, counted from 0. The text itself is not in the message: it may hold a password.</summary>
    public int Position { get; }
}

/// <summary>A connection to a broker could not be made or was lost; <see cref="MessagingException.Reason"/> says how.</summary>
public sealed class TransportConnectionException : MessagingException
{
    /// <summary>Makes the error.</summary>
    /// <param name="reason">How it failed.</param>
    /// <param name="endpoint">The address, without credentials.</param>
    /// <param name="message">What failed, why, and what to do next.</param>
    /// <param name="innerException">The cause.</param>
    public TransportConnectionException(
        MessagingErrorReason reason, string endpoint, string message, Exception? innerException = null)
        : base(reason, message, innerException) => Endpoint = endpoint;

    /// <summary>The address, without credentials.</summary>
    public string Endpoint { get; }
}

/// <summary>No reply before the deadline (<c>MessagingTimeout</c> of the original).</summary>
public sealed class MessagingTimeoutException : MessagingException
{
    /// <summary>Makes the error.</summary>
    public MessagingTimeoutException(string message, Exception? innerException = null)
        : base(MessagingErrorReason.Timeout, message, innerException)
    {
    }
}

/// <summary>A message could not be given to the broker (<c>MessageDeliveryFailure</c> of the original).</summary>
public sealed class MessageDeliveryException : MessagingException
{
    /// <summary>Makes the error. With <see cref="MessagingErrorReason.Unconfirmed"/> the message may have arrived.</summary>
    public MessageDeliveryException(MessagingErrorReason reason, string message, Exception? innerException = null)
        : base(reason, message, innerException)
    {
    }
}

/// <summary>The message was mandatory and no queue takes it (<c>MessageUndeliverable</c> of the original).</summary>
public sealed class MessageUndeliverableException : MessagingException
{
    /// <summary>Makes the error.</summary>
    /// <param name="exchange">The exchange; empty for the default one.</param>
    /// <param name="routingKey">The routing key that led to no queue.</param>
    public MessageUndeliverableException(string exchange, string routingKey)
        : base(
            MessagingErrorReason.Undeliverable,
            $"No queue takes messages for routing key '{Wire.MessageText.Name(routingKey)}' of exchange '{exchange}': is its server running?")
    {
        Exchange = exchange;
        RoutingKey = routingKey;
    }

    /// <summary>The exchange; empty for the default one.</summary>
    public string Exchange { get; }

    /// <summary>The routing key that led to no queue.</summary>
    public string RoutingKey { get; }
}
