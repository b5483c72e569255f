using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Twinbus.Messaging.Diagnostics;
using Twinbus.Messaging.Drivers;

namespace Twinbus.Messaging.Notifications;

/// <summary>Takes notifications to the endpoints and acknowledges or requeues them by what the handlers say.</summary>
internal sealed partial class NotificationDispatcher
{
    private readonly Transport transport;
    private readonly ImmutableArray<NotificationEndpoint> endpoints;
    private readonly NotificationListenerOptions options;
    private readonly ILogger logger;

    public NotificationDispatcher(
        Transport transport, ImmutableArray<NotificationEndpoint> endpoints, NotificationListenerOptions options, ILogger logger)
    {
        this.transport = transport;
        this.endpoints = endpoints;
        this.options = options;
        this.logger = logger;
    }

    /// <summary>Handles one. Never throws: what fails is logged.</summary>
    public async Task HandleAsync(IncomingNotification incoming, CancellationToken cancellationToken)
    {
        using (incoming)
        {
            using var span = MessagingSpan.StartHandle(transport, incoming);
            var result = NotificationResult.Handled;
            if (Received(incoming) is { } notification)
            {
                result = await DispatchAsync(notification, span, cancellationToken).ConfigureAwait(false);
            }

            await SettleAsync(incoming, result).ConfigureAwait(false);
        }
    }

    /// <summary>Handles a batch, priority by priority. Never throws: what fails is logged.</summary>
    public async Task HandleBatchAsync(IReadOnlyList<IncomingNotification> batch, CancellationToken cancellationToken)
    {
        var known = new List<(IncomingNotification Incoming, ReceivedNotification Received)>(batch.Count);
        foreach (IncomingNotification incoming in batch)
        {
            if (Received(incoming) is { } received)
            {
                known.Add((incoming, received));
            }
        }

        var requeued = new HashSet<IncomingNotification>();
        foreach (var group in known.GroupBy(item => item.Received.Priority))
        {
            using var span = MessagingSpan.StartHandleBatch(transport, [.. group.Select(item => item.Incoming)]);
            if (await DispatchBatchAsync(group.Key, [.. group.Select(item => item.Received)], span, cancellationToken).ConfigureAwait(false)
                == NotificationResult.Requeue)
            {
                requeued.UnionWith(group.Select(item => item.Incoming));
            }
        }

        foreach (IncomingNotification incoming in batch)
        {
            await SettleAsync(incoming, requeued.Contains(incoming) ? NotificationResult.Requeue : NotificationResult.Handled)
                .ConfigureAwait(false);
            incoming.Dispose();
        }
    }

    private async ValueTask<NotificationResult> DispatchAsync(
        ReceivedNotification notification, MessagingSpan? span, CancellationToken cancellationToken)
    {
        foreach (NotificationEndpoint endpoint in endpoints)
        {
            if (endpoint.Handler(notification.Priority) is not { } handler)
            {
                continue;
            }

            try
            {
                if (endpoint.Filter?.Matches(notification) != false
                    && await handler(notification, cancellationToken).ConfigureAwait(false) == NotificationResult.Requeue)
                {
                    return NotificationResult.Requeue;
                }
            }
            catch (Exception error)
            {
                // A handler may throw anything, and a filter too: what they read goes through a serializer, a pattern may take
                // too long. The notification's fate is the listener's to decide.
                span?.Failed(error);
                LogHandlerFailed(error, notification.EventType);
                return NotificationResult.Requeue;
            }
        }

        return NotificationResult.Handled;
    }

    private async ValueTask<NotificationResult> DispatchBatchAsync(
        NotificationPriority priority,
        IReadOnlyList<ReceivedNotification> notifications,
        MessagingSpan? span,
        CancellationToken cancellationToken)
    {
        foreach (NotificationEndpoint endpoint in endpoints)
        {
            if (endpoint.BatchHandler(priority) is not { } handler)
            {
                continue;
            }

            try
            {
                IReadOnlyList<ReceivedNotification> passed = endpoint.Filter is { } filter
                    ? [.. notifications.Where(filter.Matches)]
                    : notifications;
                if (passed.Count > 0
                    && await handler(passed, cancellationToken).ConfigureAwait(false) == NotificationResult.Requeue)
                {
                    return NotificationResult.Requeue;
                }
            }
            catch (Exception error)
            {
                span?.Failed(error);
                LogHandlerFailed(error, notifications[0].EventType);
                return NotificationResult.Requeue;
            }
        }

        return NotificationResult.Handled;
    }

    private ReceivedNotification? Received(IncomingNotification incoming)
    {
        if (NotificationPriorityNames.TryParse(incoming.Fields.Priority, out NotificationPriority priority))
        {
            return new ReceivedNotification(incoming, priority, options.Serializer);
        }

        LogUnknownPriority(incoming.Fields.Priority ?? "none", incoming.Fields.MessageId ?? "none");
        return null;
    }

    private async ValueTask SettleAsync(IncomingNotification incoming, NotificationResult result)
    {
        try
        {
            // What was handled is acknowledged, stop or no stop: else it would be handled again.
            if (result == NotificationResult.Requeue && options.AllowRequeue)
            {
                await incoming.RequeueAsync(CancellationToken.None).ConfigureAwait(false);
            }
            else
            {
                await incoming.AcknowledgeAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (MessagingException error)
        {
            LogNotSettled(incoming.Fields.MessageId ?? "none", error.Message);
        }
    }

    [LoggerMessage(1201, LogLevel.Error, "A handler or a filter of {EventType} failed")]
    private partial void LogHandlerFailed(Exception error, string eventType);

    [LoggerMessage(1202, LogLevel.Warning, "Unknown priority {Priority} of notification {MessageId}: acknowledged, not handled")]
    private partial void LogUnknownPriority(string priority, string messageId);

    [LoggerMessage(1203, LogLevel.Warning, "Notification {MessageId} could not be acknowledged and will come again: {Reason}")]
    private partial void LogNotSettled(string messageId, string reason);
}
