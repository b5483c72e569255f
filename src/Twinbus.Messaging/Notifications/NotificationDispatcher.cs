using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Twinbus.Messaging.Diagnostics;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.Notifications;

/// <summary>Takes notifications to the endpoints and acknowledges or requeues them by what the handlers say.</summary>
internal sealed partial class NotificationDispatcher
{
    private readonly Transport transport;
    private readonly ImmutableArray<NotificationEndpoint> endpoints;
    private readonly NotificationListenerOptions options;
    private readonly NotificationRedelivery redelivery;
    private readonly ILogger logger;

    public NotificationDispatcher(
        Transport transport, ImmutableArray<NotificationEndpoint> endpoints, NotificationListenerOptions options, ILogger logger)
    {
        this.transport = transport;
        this.endpoints = endpoints;
        this.options = options;
        this.logger = logger;
        redelivery = new NotificationRedelivery(options.Redelivery);
    }

    /// <summary>Handles one. Never throws: what fails is logged, and the notification is settled.</summary>
    /// <param name="incoming">Is disposed.</param>
    /// <param name="stopping">No failed notification is held back any longer.</param>
    /// <param name="cancellationToken">For the handlers.</param>
    public async Task HandleAsync(IncomingNotification incoming, CancellationToken stopping, CancellationToken cancellationToken)
    {
        using (incoming)
        {
            var result = NotificationResult.Requeue;
            try
            {
                using var span = MessagingSpan.StartHandle(transport, incoming);
                result = Received(incoming) is { } notification
                    ? await DispatchAsync(notification, span, cancellationToken).ConfigureAwait(false)
                    : NotificationResult.Handled;
            }
            catch (Exception error)
            {
                // What traces is not ours, and may throw too.
                LogHandlerFailed(error, MessageText.Name(incoming.Fields.EventType));
            }

            if (IsDone(result))
            {
                await SettleAsync(incoming, acknowledge: true).ConfigureAwait(false);
            }
            else
            {
                await RedeliverAsync([incoming], stopping).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Handles a batch, priority by priority. Never throws: what fails is logged, and each notification is settled.</summary>
    public async Task HandleBatchAsync(IReadOnlyList<IncomingNotification> batch, CancellationToken stopping, CancellationToken cancellationToken)
    {
        var known = new List<(IncomingNotification Incoming, ReceivedNotification Received)>(batch.Count);
        var handled = new List<IncomingNotification>(batch.Count);
        foreach (IncomingNotification incoming in batch)
        {
            if (Received(incoming) is { } received)
            {
                known.Add((incoming, received));
            }
            else
            {
                handled.Add(incoming);
            }
        }

        var failed = new List<IncomingNotification>();
        foreach (var group in known.GroupBy(item => item.Received.Priority))
        {
            NotificationResult result = await HandleGroupAsync(group.Key, [.. group], cancellationToken).ConfigureAwait(false);
            (IsDone(result) ? handled : failed).AddRange(group.Select(item => item.Incoming));
        }

        foreach (IncomingNotification incoming in handled)
        {
            await SettleAsync(incoming, acknowledge: true).ConfigureAwait(false);
        }

        await RedeliverAsync(failed, stopping).ConfigureAwait(false);
        foreach (IncomingNotification incoming in batch)
        {
            incoming.Dispose();
        }
    }

    private async ValueTask<NotificationResult> HandleGroupAsync(
        NotificationPriority priority, (IncomingNotification Incoming, ReceivedNotification Received)[] group, CancellationToken cancellationToken)
    {
        try
        {
            using var span = MessagingSpan.StartHandleBatch(transport, [.. group.Select(item => item.Incoming)]);
            return await DispatchBatchAsync(priority, [.. group.Select(item => item.Received)], span, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            LogHandlerFailed(error, MessageText.Name(group[0].Received.EventType));
            return NotificationResult.Requeue;
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
                LogHandlerFailed(error, MessageText.Name(notification.EventType));
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
                LogHandlerFailed(error, MessageText.Name(notifications[0].EventType));
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

        LogUnknownPriority(MessageText.Name(incoming.Fields.Priority), MessageText.Name(incoming.Fields.MessageId));
        return null;
    }

    private bool IsDone(NotificationResult result) =>
        result == NotificationResult.Handled || (!options.AllowRequeue && options.Redelivery.DeadLetterQueue is null);

    private async ValueTask RedeliverAsync(List<IncomingNotification> incoming, CancellationToken stopping)
    {
        var again = new List<IncomingNotification>(incoming.Count);
        TimeSpan delay = TimeSpan.Zero;
        foreach (IncomingNotification one in incoming)
        {
            int failed = redelivery.Failed(one);
            if (!await TryDeadLetterAsync(one, failed).ConfigureAwait(false))
            {
                again.Add(one);
                TimeSpan wanted = redelivery.Delay(failed);
                delay = wanted > delay ? wanted : delay;
            }
        }

        if (again.Count > 0)
        {
            // A queue gives it back at once, and what fails would go round as fast as the network carries it.
            await Task.Delay(delay, transport.Options.TimeProvider, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (IncomingNotification one in again)
            {
                await SettleAsync(one, acknowledge: false).ConfigureAwait(false);
            }
        }
    }

    /// <summary>True when it is in the dead-letter queue, and acknowledged; false when it is to be requeued.</summary>
    private async ValueTask<bool> TryDeadLetterAsync(IncomingNotification incoming, int failed)
    {
        if (options.Redelivery.DeadLetterQueue is not { } queue || (options.AllowRequeue && failed < options.Redelivery.MaxAttempts))
        {
            return false;
        }

        string id = MessageText.Name(incoming.Fields.MessageId);
        try
        {
            await incoming.DeadLetterAsync(queue, CancellationToken.None).ConfigureAwait(false);
            LogDeadLettered(id, queue, failed);
            return true;
        }
        catch (Exception error)
        {
            LogNotDeadLettered(id, queue, MessageText.Sentence(error.Message));
            return false;
        }
    }

    // What was handled is acknowledged, stop or no stop: else it would be handled again.
    private async ValueTask SettleAsync(IncomingNotification incoming, bool acknowledge)
    {
        try
        {
            if (acknowledge)
            {
                await incoming.AcknowledgeAsync(CancellationToken.None).ConfigureAwait(false);
            }
            else
            {
                await incoming.RequeueAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception error)
        {
            LogNotSettled(MessageText.Name(incoming.Fields.MessageId), MessageText.Sentence(error.Message));
        }
    }

    [LoggerMessage(1201, LogLevel.Error, "A handler or a filter of {EventType} failed")]
    private partial void LogHandlerFailed(Exception error, string eventType);

    [LoggerMessage(1202, LogLevel.Warning, "Unknown priority {Priority} of notification {MessageId}: acknowledged, not handled")]
    private partial void LogUnknownPriority(string priority, string messageId);

    [LoggerMessage(1203, LogLevel.Warning, "Notification {MessageId} could not be settled and will come again: {Reason}")]
    private partial void LogNotSettled(string messageId, string reason);

    [LoggerMessage(1204, LogLevel.Warning, "Notification {MessageId} was put into the dead-letter queue {Queue}: it failed {Failed} times")]
    private partial void LogDeadLettered(string messageId, string queue, int failed);

    [LoggerMessage(1205, LogLevel.Error, "Notification {MessageId} could not be put into the dead-letter queue {Queue}, and is tried again: {Reason}")]
    private partial void LogNotDeadLettered(string messageId, string queue, string reason);
}
