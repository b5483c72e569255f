namespace Twinbus.Messaging.Notifications;

/// <summary>What becomes of a notification that its handler throws at, or asks to have requeued.</summary>
public sealed record NotificationRedeliveryOptions
{
    /// <summary>
    /// How long it is held back before it goes to its queue again, the first time; then twice as long each time, shortened at random
    /// by up to half. It keeps its place among those that are handled at once meanwhile. Default: 100 ms; positive.
    /// </summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest that it is held back. Default: 30 s; at least <see cref="FirstDelay"/>.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The queue that it goes to after <see cref="MaxAttempts"/>; it is acknowledged when the bus has it there. Without
    /// <see cref="NotificationListenerOptions.AllowRequeue"/> it goes there the first time. The name is a queue's, such as
    /// <c>failed.error</c>, which a listener on the topic <c>failed</c> hears. Null: it is requeued for as long as it fails, or,
    /// without <see cref="NotificationListenerOptions.AllowRequeue"/>, acknowledged.
    /// </summary>
    public string? DeadLetterQueue { get; init; }

    /// <summary>
    /// Deliveries that may fail before it goes to <see cref="DeadLetterQueue"/>. Quorum queues count them for all listeners together;
    /// of others each listener counts its own. Default: 5; range: 1 to 1000.
    /// </summary>
    public int MaxAttempts { get; init; } = 5;

    internal void Validate()
    {
        if (FirstDelay <= TimeSpan.Zero || MaxDelay < FirstDelay || MaxDelay > TimeSpan.FromDays(1) || MaxAttempts is < 1 or > 1000 || DeadLetterQueue is "")
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidOptions,
                $"Notification redelivery: FirstDelay is {FirstDelay} and must be positive; MaxDelay is {MaxDelay} and may be FirstDelay to a day; "
                + $"MaxAttempts is {MaxAttempts} and may be 1 to 1000; DeadLetterQueue may not be empty.");
        }
    }
}
