using System.Text;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>Names of exchanges and routing keys, which AMQP carries as short strings.</summary>
internal static class AmqpName
{
    private const int MaxBytes = 255;
    private const int Shown = 40;

    /// <summary>Why a message cannot be sent under its names, which come from peers too: where they want their replies. Null: it can.</summary>
    public static MessageDeliveryException? Refused(PublishItem item)
    {
        string longest = item.RoutingKey.Length > item.Exchange.Length ? item.RoutingKey : item.Exchange;

        // A character is three bytes at most.
        int bytes = longest.Length <= MaxBytes / 3 ? longest.Length : Encoding.UTF8.GetByteCount(longest);
        return bytes <= MaxBytes ? null : new MessageDeliveryException(
            MessagingErrorReason.InvalidTarget,
            $"The name '{MessageText.Escape(longest[..Shown])}...' has {bytes} bytes, and AMQP carries {MaxBytes}: choose a shorter topic, server or exchange.");
    }
}
