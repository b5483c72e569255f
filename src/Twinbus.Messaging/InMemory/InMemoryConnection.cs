using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.InMemory;

/// <summary>A connection to a bus in this process.</summary>
internal sealed partial class InMemoryConnection : IMessagingConnection
{
    private const string FanoutExchange = "(fanout)";

    private readonly InMemoryBus bus;
    private readonly DriverContext context;
    private readonly PendingCalls calls;
    private readonly string replyQueue = "reply_" + MessageId.Create();
    private readonly ILogger logger;
    private volatile bool disposed;

    public InMemoryConnection(InMemoryBus bus, DriverContext context)
    {
        this.bus = bus;
        this.context = context;
        logger = context.Logger;
        calls = new PendingCalls(context.TimeProvider);
        bus.AddReplyQueue(replyQueue, ReceiveReply);
    }

    public ValueTask ConnectAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return ValueTask.CompletedTask;
    }

    public async ValueTask<IncomingReply> CallAsync(OutgoingRequest request, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        MessageId id = MessageId.Create();
        ValueTask<IncomingReply> reply = calls.Add(id, request, cancellationToken);
        try
        {
            await SendAsync(request, id, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            calls.TryFail(id, error);
        }

        return await reply.ConfigureAwait(false);
    }

    public ValueTask CastAsync(OutgoingRequest request, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return SendAsync(request, null, cancellationToken);
    }

    public async ValueTask NotifyAsync(OutgoingNotification notification, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        string exchange = Exchange(notification.Target);
        string key = $"{notification.Target.Topic}.{notification.Priority.QueueName()}";
        bus.Bind(QueueName(exchange, key), exchange, key);
        byte[] body = Body(notification.Enveloped, writer => notification.Write(writer, MessageId.Create()));
        await bus.PublishAsync(exchange, key, body, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<IMessageListener> ListenAsync(
        Target target, Func<IncomingRequest, CancellationToken, ValueTask> receive, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        string exchange = Exchange(target);
        string direct = $"{target.Topic}.{target.Server}";
        InMemoryQueue fanout = bus.Bind($"{target.Topic}_fanout_{MessageId.Create()}", FanoutExchange, target.Topic!);
        ImmutableArray<InMemoryQueue> queues =
        [
            bus.Bind(QueueName(exchange, target.Topic!), exchange, target.Topic!),
            bus.Bind(QueueName(exchange, direct), exchange, direct),
            fanout,
        ];
        var seen = new DuplicateWindow(context.DuplicateWindow);
        var listener = new InMemoryListener(
            queues,
            (message, stopped) => ReceiveRequestAsync(message, seen, receive, stopped),
            () => bus.Delete(fanout));
        return ValueTask.FromResult<IMessageListener>(listener);
    }

    public ValueTask<IMessageListener> SubscribeAsync(
        NotificationSubscription subscription,
        Func<IncomingNotification, CancellationToken, ValueTask> receive,
        CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        var queues = new HashSet<InMemoryQueue>();
        foreach (Target target in subscription.Targets)
        {
            string exchange = Exchange(target);
            foreach (NotificationPriority priority in subscription.Priorities)
            {
                string key = $"{target.Topic}.{priority.QueueName()}";
                queues.Add(bus.Bind(subscription.Pool ?? QueueName(exchange, key), exchange, key));
            }
        }

        var seen = new DuplicateWindow(context.DuplicateWindow);
        var listener = new InMemoryListener(
            [.. queues], (message, stopped) => ReceiveNotificationAsync(message, seen, receive, stopped), static () => { });
        return ValueTask.FromResult<IMessageListener>(listener);
    }

    public ValueTask DisposeAsync()
    {
        if (!disposed)
        {
            disposed = true;
            bus.RemoveReplyQueue(replyQueue);
            calls.FailAll(static () => new MessageDeliveryException(
                MessagingErrorReason.ConnectionLost, "The transport was disposed while the call waited for its reply."));
            calls.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private async ValueTask SendAsync(OutgoingRequest request, MessageId? callId, CancellationToken cancellationToken)
    {
        Target target = request.Target;
        string exchange = target.Fanout ? FanoutExchange : Exchange(target);
        string key = target.Fanout || target.Server is null ? target.Topic! : $"{target.Topic}.{target.Server}";
        string? replyTo = callId is null ? null : replyQueue;
        byte[] body = Body(enveloped: true, writer => request.Write(writer, callId, replyTo, MessageId.Create()));
        if (!await bus.PublishAsync(exchange, key, body, cancellationToken).ConfigureAwait(false) && request.Mandatory)
        {
            throw new MessageUndeliverableException(exchange, key);
        }
    }

    private async ValueTask ReceiveRequestAsync(
        InMemoryMessage message,
        DuplicateWindow seen,
        Func<IncomingRequest, CancellationToken, ValueTask> receive,
        CancellationToken cancellationToken)
    {
        if (Unwrap(message) is not { } buffer)
        {
            return;
        }

        InMemoryRequest request;
        try
        {
            var fields = RpcRequestFields.Read(buffer.WrittenMemory, context.Limits);
            if (IsDuplicate(fields.UniqueId, seen))
            {
                buffer.Dispose();
                return;
            }

            request = new InMemoryRequest(this, buffer, fields);
        }
        catch (MalformedMessageException error)
        {
            LogRefused(message.Queue.Name, error.Message);
            buffer.Dispose();
            return;
        }

        await receive(request, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask ReceiveNotificationAsync(
        InMemoryMessage message,
        DuplicateWindow seen,
        Func<IncomingNotification, CancellationToken, ValueTask> receive,
        CancellationToken cancellationToken)
    {
        if (Unwrap(message) is not { } buffer)
        {
            return;
        }

        InMemoryNotification notification;
        try
        {
            var fields = NotificationFields.Read(buffer.WrittenMemory, context.Limits);
            lock (seen)
            {
                if (fields.UniqueId is { } id && seen.Contains(id))
                {
                    LogDuplicate(id);
                    buffer.Dispose();
                    return;
                }
            }

            notification = new InMemoryNotification(message, seen, buffer, fields, context.Limits);
        }
        catch (MalformedMessageException error)
        {
            LogRefused(message.Queue.Name, error.Message);
            buffer.Dispose();
            return;
        }

        await receive(notification, cancellationToken).ConfigureAwait(false);
    }

    private bool IsDuplicate(MessageId? id, DuplicateWindow seen)
    {
        lock (seen)
        {
            if (id is null || seen.TryAdd(id.Value))
            {
                return false;
            }
        }

        LogDuplicate(id.Value);
        return true;
    }

    private void ReceiveReply(byte[] body)
    {
        try
        {
            PooledBuffer buffer = OsloEnvelope.Unwrap(body, context.Limits);
            var fields = RpcReplyFields.Read(buffer.WrittenMemory, context.Limits);
            if (fields.CallId is { } id && fields is { Ending: false, Failure: null })
            {
                calls.Extend(id);
                buffer.Dispose();
                return;
            }

            var reply = new IncomingReply(buffer, fields.Result, fields.Failure);
            if (fields.CallId is not { } call || !calls.TryComplete(call, reply))
            {
                reply.Dispose();
            }
        }
        catch (MalformedMessageException error)
        {
            LogRefused(replyQueue, error.Message);
        }
    }

    private PooledBuffer? Unwrap(InMemoryMessage message)
    {
        try
        {
            return OsloEnvelope.Unwrap(message.Body, context.Limits);
        }
        catch (MalformedMessageException error)
        {
            LogRefused(message.Queue.Name, error.Message);
            return null;
        }
    }

    private static byte[] Body(bool enveloped, Action<System.Text.Json.Utf8JsonWriter> write)
    {
        using var message = PooledBuffer.Rent();
        write(message.BeginJson());
        if (!enveloped)
        {
            return message.WrittenSpan.ToArray();
        }

        using var body = PooledBuffer.Rent(message.WrittenSpan.Length * 2);
        OsloEnvelope.Write(body, message.WrittenSpan);
        return body.WrittenSpan.ToArray();
    }

    private string Exchange(Target target) => target.Exchange ?? context.ControlExchange;

    // Unlike a broker's, these queues do not collide when two exchanges use one topic.
    private static string QueueName(string exchange, string key) => $"{exchange}/{key}";

    [LoggerMessage(1401, LogLevel.Warning, "A message on {Queue} was refused. {Reason}")]
    private partial void LogRefused(string queue, string reason);

    [LoggerMessage(1402, LogLevel.Warning, "Message {Id} came a second time and was dropped")]
    private partial void LogDuplicate(MessageId id);

    private sealed class InMemoryRequest(
        InMemoryConnection connection, PooledBuffer buffer, in RpcRequestFields fields)
        : IncomingRequest(buffer, fields, connection.context.Limits)
    {
        public override bool ExpectsReply => Fields.CallId is not null && Fields.ReplyQueue is not null;

        public override ValueTask AcknowledgeAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public override ValueTask ReplyAsync(Payload result, string? failure, bool ending, CancellationToken cancellationToken)
        {
            byte[] body = Body(enveloped: true, writer => RpcReplyFields.Write(
                writer, result, failure, ending, Fields.CallId!, MessageId.Create()));
            return connection.bus.Reply(Fields.ReplyQueue!, body)
                ? ValueTask.CompletedTask
                : throw new MessageUndeliverableException("", Fields.ReplyQueue!);
        }
    }

    private sealed class InMemoryNotification(
        InMemoryMessage message, DuplicateWindow seen, PooledBuffer buffer, in NotificationFields fields, InboundLimits limits)
        : IncomingNotification(buffer, fields, limits)
    {
        public override string RoutingKey => message.Key;

        public override ValueTask AcknowledgeAsync(CancellationToken cancellationToken)
        {
            // Remembered only now: one that is requeued must not be taken for a duplicate of itself.
            lock (seen)
            {
                _ = Fields.UniqueId is { } id && seen.TryAdd(id);
            }

            return ValueTask.CompletedTask;
        }

        public override ValueTask RequeueAsync(CancellationToken cancellationToken) =>
            message.Queue.PutAsync(message.Body, message.Key, cancellationToken);
    }
}
