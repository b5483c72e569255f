namespace Twinbus.Messaging.Notifications;

/// <summary>How a listener runs.</summary>
public sealed record NotificationListenerOptions
{
    /// <summary>Notifications handled at once. Default: 64; range: 1 to 65536. Set 1 to keep their order.</summary>
    public int MaxConcurrency { get; init; } = 64;

    /// <summary>
    /// Null: all listeners share the queues. A name: the listeners of this pool share one queue of their own. The shared
    /// queues still fill then, and need a listener of theirs.
    /// </summary>
    public string? Pool { get; init; }

    /// <summary>
    /// True: a handler that asks for it, or throws, sends the notification back to its queue. False: it is acknowledged
    /// whatever the handler does. Default: false.
    /// </summary>
    public bool AllowRequeue { get; init; }

    /// <summary>How long what fails is held back, how often it may fail, and where it goes then.</summary>
    public NotificationRedeliveryOptions Redelivery { get; init; } = new();

    /// <summary>Null: one at a time. Otherwise handlers get batches.</summary>
    public NotificationBatchOptions? Batch { get; init; }

    /// <summary>How long stopping waits for handlers before it cancels them. Default: 60 s.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A hook for payload and context. Null: plain JSON.</summary>
    public MessageSerializer? Serializer { get; init; }

    internal void Validate()
    {
        if (MaxConcurrency is < 1 or > 65536 || StopTimeout < TimeSpan.Zero || Pool is "")
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidOptions,
                $"Notification listener options: MaxConcurrency is {MaxConcurrency} and may be 1 to 65536; StopTimeout may not "
                + "be negative; Pool may not be empty.");
        }

        Redelivery.Validate();
        Batch?.Validate();
    }
}

/// <summary>When a batch is complete: enough notifications, or enough time since the first.</summary>
/// <param name="Size">Notifications; range: 1 to 10000.</param>
/// <param name="Timeout">Since the first one; positive.</param>
public sealed record NotificationBatchOptions(int Size, TimeSpan Timeout)
{
    internal void Validate()
    {
        if (Size is < 1 or > 10_000 || Timeout <= TimeSpan.Zero)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidOptions,
                $"Notification batch: Size is {Size} and may be 1 to 10000; Timeout is {Timeout} and must be positive.");
        }
    }
}
