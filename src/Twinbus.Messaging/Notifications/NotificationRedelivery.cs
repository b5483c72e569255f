using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.Notifications;

/// <summary>Counts how often each notification failed, for those whose queue does not, and says how long it is held back.</summary>
internal sealed class NotificationRedelivery(NotificationRedeliveryOptions options)
{
    // More than can be unsettled at once in a listener of any sense; what is forgotten counts from the start again.
    private const int MaxRemembered = 4096;

    private readonly Dictionary<MessageId, int> failures = [];
    private readonly Queue<MessageId> order = new();
    private readonly Lock gate = new();

    /// <summary>Notes one more failure; returns how many there were, this one included.</summary>
    public int Failed(IncomingNotification incoming)
    {
        MessageId id = IdOf(incoming);
        lock (gate)
        {
            if (failures.TryGetValue(id, out int before))
            {
                return failures[id] = Math.Max(before, incoming.DeliveryCount) + 1;
            }

            order.Enqueue(id);
            if (order.Count > MaxRemembered)
            {
                failures.Remove(order.Dequeue());
            }

            return failures[id] = incoming.DeliveryCount + 1;
        }
    }

    /// <summary>How long it is held back after so many failures, at least 1.</summary>
    public TimeSpan Delay(int failed)
    {
        double longest = options.FirstDelay.TotalMilliseconds * Math.Pow(2, Math.Min(failed - 1, 60));
        return TimeSpan.FromMilliseconds(Math.Min(longest, options.MaxDelay.TotalMilliseconds) * (0.5 + (Random.Shared.NextDouble() / 2)));
    }

    private static MessageId IdOf(IncomingNotification incoming) => incoming.Fields.UniqueId ?? MessageId.From(incoming.Message.Span);
}
