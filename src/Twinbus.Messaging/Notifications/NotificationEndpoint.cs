namespace Twinbus.Messaging.Notifications;

/// <summary>What becomes of a notification after its handler.</summary>
public enum NotificationResult
{
    /// <summary>It is done with.</summary>
    Handled,

    /// <summary>It goes back to its queue, when the listener allows it.</summary>
    Requeue,
}

/// <summary>
/// Handlers by priority, behind one filter. A listener subscribes only to the priorities that have a handler. Add
/// everything before the listener starts.
/// </summary>
public sealed class NotificationEndpoint
{
    private readonly Dictionary<NotificationPriority, Func<ReceivedNotification, CancellationToken, ValueTask<NotificationResult>>> handlers = [];
    private readonly Dictionary<NotificationPriority, Func<IReadOnlyList<ReceivedNotification>, CancellationToken, ValueTask<NotificationResult>>> batchHandlers = [];

    /// <summary>Which notifications the handlers get. Null: all.</summary>
    public NotificationFilter? Filter { get; init; }

    /// <summary>The priorities that have a handler.</summary>
    public IEnumerable<NotificationPriority> Priorities => handlers.Keys.Union(batchHandlers.Keys);

    /// <summary>Handles one priority, one notification at a time.</summary>
    public NotificationEndpoint On(
        NotificationPriority priority,
        Func<ReceivedNotification, CancellationToken, ValueTask<NotificationResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        handlers[priority] = handler;
        return this;
    }

    /// <summary>Handles every priority with one handler that is always done with it.</summary>
    public NotificationEndpoint OnAny(Func<ReceivedNotification, CancellationToken, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        foreach (NotificationPriority priority in Enum.GetValues<NotificationPriority>())
        {
            On(priority, async (notification, cancellationToken) =>
            {
                await handler(notification, cancellationToken).ConfigureAwait(false);
                return NotificationResult.Handled;
            });
        }

        return this;
    }

    /// <summary>Handles one priority in batches; needs a listener with <see cref="NotificationListenerOptions.Batch"/>.</summary>
    public NotificationEndpoint OnBatch(
        NotificationPriority priority,
        Func<IReadOnlyList<ReceivedNotification>, CancellationToken, ValueTask<NotificationResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        batchHandlers[priority] = handler;
        return this;
    }

    internal bool HasBatchHandlers => batchHandlers.Count > 0;

    internal bool HasHandlers => handlers.Count > 0;

    internal Func<ReceivedNotification, CancellationToken, ValueTask<NotificationResult>>? Handler(NotificationPriority priority) =>
        handlers.GetValueOrDefault(priority);

    internal Func<IReadOnlyList<ReceivedNotification>, CancellationToken, ValueTask<NotificationResult>>? BatchHandler(
        NotificationPriority priority) => batchHandlers.GetValueOrDefault(priority);
}
