using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>
/// A channel that the broker closed over a message for an exchange that is gone (404). It passes over all that follow that
/// message, so that what became of them is known, though nothing was confirmed.
/// </summary>
internal static class GoneExchange
{
    // Of the methods that publish; those that declare are of other classes.
    private const ushort BasicClass = 60;

    /// <summary>Whether that is why a channel was closed.</summary>
    public static bool IsWhy(ShutdownEventArgs reason) => reason is { ReplyCode: Constants.NotFound, ClassId: BasicClass };

    /// <summary>
    /// How many of the messages, oldest first, the broker may have taken and did not confirm. The one that it closed the
    /// channel over is the last one for that exchange at the latest, so nobody got that one and those behind it. Those
    /// before it may have arrived.
    /// </summary>
    /// <param name="unconfirmed">What was written, oldest first.</param>
    /// <param name="beingWritten">The one behind them, that is not known to be written; null for none.</param>
    /// <param name="text">What the broker says: it names the exchange.</param>
    public static int MaybeTaken(List<PublishItem> unconfirmed, PublishItem? beingWritten, string text)
    {
        if (beingWritten is not null && IsFor(beingWritten, text))
        {
            return unconfirmed.Count;
        }

        int last = unconfirmed.FindLastIndex(item => IsFor(item, text));
        return last < 0 ? unconfirmed.Count : last;
    }

    private static bool IsFor(PublishItem item, string text) =>
        item.Exchange.Length > 0 && text.Contains($"exchange '{item.Exchange}'", StringComparison.Ordinal);
}
