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
        byte[] body = Body(
            notification, static (message, writer) => message.Write(writer, MessageId.Create()), notification.Enveloped, notification.Context.Count,
            "notification", notification.EventType);
        await bus.PublishAsync(exchange, key, body, notification.Trace, cancellationToken).ConfigureAwait(false);
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
            (message, stopped) => ReceiveAsync(message, buffer => Request(message, buffer, seen), receive, stopped),
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
            [.. queues],
            (message, stopped) => ReceiveAsync(message, buffer => Notification(message, buffer, seen), receive, stopped),
            static () => { });
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
        byte[] body = Body(
            request, (message, writer) => message.Write(writer, callId, replyTo, MessageId.Create()), enveloped: true, request.Context.Count,
            "request for", request.Method);
        if (!await bus.PublishAsync(exchange, key, body, request.Trace, cancellationToken).ConfigureAwait(false) && request.Mandatory)
        {
            throw new MessageUndeliverableException(exchange, key);
        }
    }

    /// <summary>Whatever the message holds, and whatever is thrown at it: it ends settled, and its queue goes on.</summary>
    private async ValueTask ReceiveAsync<T>(
        InMemoryMessage message, Func<PooledBuffer, T?> read, Func<T, CancellationToken, ValueTask> receive, CancellationToken cancellationToken)
        where T : class, IDisposable
    {
        PooledBuffer? buffer = null;
        T? incoming = null;
        try
        {
            buffer = OsloEnvelope.Unwrap(message.Body, context.Limits);
            incoming = read(buffer);
            if (incoming is null)
            {
                buffer.Dispose();
                message.Settle();
                return;
            }

            await receive(incoming, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception error)
        {
            LogRefused(message.Queue.Name, MessageText.Sentence(error.Message));
            (incoming ?? (IDisposable?)buffer)?.Dispose();
            message.Settle();
        }
    }

    // Null for a duplicate.
    private InMemoryRequest? Request(InMemoryMessage message, PooledBuffer buffer, DuplicateWindow seen)
    {
        var fields = RpcRequestFields.Read(buffer.WrittenMemory, context.Limits);
        return IsDuplicate(fields.UniqueId, seen) ? null : new InMemoryRequest(this, message, buffer, fields);
    }

    private InMemoryNotification? Notification(InMemoryMessage message, PooledBuffer buffer, DuplicateWindow seen)
    {
        var fields = NotificationFields.Read(buffer.WrittenMemory, context.Limits);
        lock (seen)
        {
            if (fields.UniqueId is { } id && seen.Contains(id))
            {
                LogDuplicate(id);
                return null;
            }
        }

        return new InMemoryNotification(this, message, seen, buffer, fields);
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
        PooledBuffer? buffer = null;
        try
        {
            buffer = OsloEnvelope.Unwrap(body, context.Limits);
            var fields = RpcReplyFields.Read(buffer.WrittenMemory, context.Limits);
            if (fields.CallId is { } id && fields is { Ending: false, Failure: null })
            {
                calls.Extend(id);
            }
            else if (fields.CallId is { } call && calls.TryComplete(call, new IncomingReply(buffer, fields.Result, fields.Failure)))
            {
                return;
            }

            buffer.Dispose();
        }
        catch (Exception error)
        {
            // It is the server's thread that stands here: what a reply holds is no concern of its.
            buffer?.Dispose();
            LogRefused(replyQueue, MessageText.Sentence(error.Message));
        }
    }

    private byte[] Body<TState>(
        TState state, Action<TState, System.Text.Json.Utf8JsonWriter> write, bool enveloped, int contextEntries, string what, string name)
    {
        using PooledBuffer body = OutgoingMessage.Write(state, write, enveloped, contextEntries, context.Limits, what, name);
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
        InMemoryConnection connection, InMemoryMessage message, PooledBuffer buffer, in RpcRequestFields fields)
        : IncomingRequest(buffer, fields, connection.context.Limits)
    {
        public override bool ExpectsReply => Fields.CallId is not null && Fields.ReplyQueue is not null;

        public override TraceContext Trace => message.Trace;

        public override bool Redelivered => message.Deliveries > 0;

        public override ValueTask AcknowledgeAsync(CancellationToken cancellationToken)
        {
            message.Settle();
            return ValueTask.CompletedTask;
        }

        public override ValueTask ReplyAsync(Payload result, string? failure, bool ending, CancellationToken cancellationToken)
        {
            byte[] body = connection.Body(
                0, (_, writer) => RpcReplyFields.Write(writer, result, failure, ending, Fields.CallId!, MessageId.Create()), enveloped: true, 0,
                "reply of", Fields.Method);
            return connection.bus.Reply(Fields.ReplyQueue!, body)
                ? ValueTask.CompletedTask
                : throw new MessageUndeliverableException("", Fields.ReplyQueue!);
        }
    }

    private sealed class InMemoryNotification(
        InMemoryConnection connection, InMemoryMessage message, DuplicateWindow seen, PooledBuffer buffer, in NotificationFields fields)
        : IncomingNotification(buffer, fields, connection.context.Limits)
    {
        public override string RoutingKey => message.Key;

        public override TraceContext Trace => message.Trace;

        public override int DeliveryCount => message.Deliveries;

        public override ValueTask AcknowledgeAsync(CancellationToken cancellationToken)
        {
            // Remembered only now: one that is requeued must not be taken for a duplicate of itself.
            lock (seen)
            {
                _ = Fields.UniqueId is { } id && seen.TryAdd(id);
            }

            message.Settle();
            return ValueTask.CompletedTask;
        }

        public override ValueTask RequeueAsync(CancellationToken cancellationToken) => message.RequeueAsync(cancellationToken);

        public override async ValueTask DeadLetterAsync(string queue, CancellationToken cancellationToken)
        {
            InMemoryQueue target = connection.bus.Queue(queue);
            await target.PutAsync(new InMemoryMessage(message.Body, target, queue, message.Trace), cancellationToken).ConfigureAwait(false);
            await AcknowledgeAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
