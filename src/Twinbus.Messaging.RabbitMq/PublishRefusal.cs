using System.Globalization;
using System.Text.RegularExpressions;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>
/// The broker closed a channel over one message: too large, for an exchange that is gone or that the user may not write to.
/// It takes messages in order and passes over all that follow that one, so that what became of them is known, though nothing
/// was confirmed.
/// </summary>
internal sealed partial class PublishRefusal
{
    // Of the methods that publish; those that declare are of other classes.
    private const ushort BasicClass = 60;

    // What the broker calls the exchange without a name.
    private const string DefaultExchange = "amq.default";

    private readonly ShutdownEventArgs reason;

    private PublishRefusal(ShutdownEventArgs reason)
    {
        this.reason = reason;
        Match sizes = reason.ReplyCode == Constants.PreconditionFailed ? Sizes().Match(reason.ReplyText) : Match.Empty;
        MaxSize = sizes.Success && long.TryParse(sizes.Groups["max"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out long max)
            ? max
            : null;
    }

    /// <summary>The largest message that the broker takes, in bytes, when that is what it is about.</summary>
    public long? MaxSize { get; }

    /// <summary>What the broker says.</summary>
    public string Text => $"{reason.ReplyCode} {reason.ReplyText}";

    /// <summary>Whether it may do to declare the exchange and to send the message again.</summary>
    public bool IsMissingExchange => reason.ReplyCode == Constants.NotFound;

    /// <summary>What was refused; null when a channel was closed for another reason.</summary>
    public static PublishRefusal? Of(ShutdownEventArgs reason) =>
        reason is { Initiator: ShutdownInitiator.Peer, ClassId: BasicClass } ? new PublishRefusal(reason) : null;

    /// <summary>Which message it is about, and how many before it the broker may have taken and did not confirm.</summary>
    /// <param name="unconfirmed">All that was sent and is unconfirmed, oldest first, with the one that is being written.</param>
    /// <param name="maybeTaken">Nobody got those from this one on.</param>
    /// <returns>The message that was refused; null when it is one of several that are alike.</returns>
    public PublishItem? Find(List<PublishItem> unconfirmed, out int maybeTaken)
    {
        int first = unconfirmed.FindIndex(IsAbout);

        // The limit is the same for all, so it is the first that is over it. An exchange may have gone between two messages.
        int last = MaxSize is null ? unconfirmed.FindLastIndex(IsAbout) : first;
        if (first < 0 && unconfirmed.Count == 1)
        {
            first = last = 0;
        }

        maybeTaken = last < 0 ? unconfirmed.Count : last;
        return first >= 0 && first == last ? unconfirmed[first] : null;
    }

    /// <summary>Whether the message may be the one that was refused.</summary>
    public bool IsAbout(PublishItem item)
    {
        if (MaxSize is { } max)
        {
            return item.Size > max;
        }

        string exchange = item.Exchange.Length > 0 ? item.Exchange : DefaultExchange;
        return Names("exchange", exchange) && (!reason.ReplyText.Contains("topic '", StringComparison.Ordinal) || Names("topic", item.RoutingKey));
    }

    /// <summary>What its sender is told.</summary>
    public MessageDeliveryException Error(string endpoint, PublishItem item)
    {
        if (MaxSize is { } max)
        {
            return TooLarge(endpoint, item, max);
        }

        string refused = $"RabbitMQ at {endpoint} refused the message for '{MessageText.Name(item.RoutingKey)}' of exchange '{item.Exchange}'";
        return reason.ReplyCode switch
        {
            Constants.AccessRefused => new MessageDeliveryException(
                MessagingErrorReason.OperationRefused,
                $"{refused}: the user may not write to this exchange ({reason.ReplyText}). Check the user's permissions in the virtual host."),
            Constants.NotFound => new MessageDeliveryException(
                MessagingErrorReason.Undeliverable, $"{refused}: it has no such exchange ({reason.ReplyText}). Is a server running?"),
            _ => new MessageDeliveryException(MessagingErrorReason.OperationRefused, $"{refused} ({Text})."),
        };
    }

    /// <summary>What the sender of a message is told that is larger than the broker takes.</summary>
    public static MessageDeliveryException TooLarge(string endpoint, PublishItem item, long max) => new(
        MessagingErrorReason.MessageTooLarge,
        string.Create(
            CultureInfo.InvariantCulture,
            $"The message for '{MessageText.Name(item.RoutingKey)}' has {item.Size:N0} bytes, and RabbitMQ at {endpoint} takes {max:N0} at most: it was not "
            + $"sent. Send less at once, or raise max_message_size in the broker's configuration."));

    private bool Names(string what, string name) => reason.ReplyText.Contains($"{what} '{name}'", StringComparison.Ordinal);

    [GeneratedRegex(@"message size (?<size>\d+) is larger than (configured )?max size (?<max>\d+)")]
    private static partial Regex Sizes();
}
