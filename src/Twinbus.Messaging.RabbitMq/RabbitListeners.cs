using Microsoft.Extensions.Logging;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>A message that a listener made of a delivery.</summary>
internal interface IRabbitIncoming : IDisposable
{
    /// <summary>Recognises a second delivery.</summary>
    MessageId? UniqueId { get; }

    /// <summary>Whether the broker has been told what becomes of it: it may be told once only.</summary>
    bool IsSettled { get; }
}

/// <summary>What RPC and notification listeners share: a consumer, and refusing what cannot be read, once.</summary>
internal abstract partial class RabbitListener<T>(Func<T, CancellationToken, ValueTask> receive, DriverContext context) : IMessageListener
    where T : class, IDisposable
{
    private readonly ILogger logger = context.Logger;

    protected RabbitConsumer? Consumer { get; private set; }

    protected InboundLimits Limits { get; } = context.Limits;

    protected DuplicateWindow Seen { get; } = new(context.DuplicateWindow);

    public async ValueTask StartAsync(RabbitConsumer consumer, CancellationToken cancellationToken)
    {
        Consumer = consumer;
        try
        {
            await consumer.StartAsync(retries: null, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await consumer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask StopAsync(CancellationToken cancellationToken)
    {
        if (Consumer is { } consumer)
        {
            await consumer.StopAsync().ConfigureAwait(false);
        }
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (Consumer is { } consumer)
        {
            await consumer.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Takes a delivery. Whatever it holds, and whatever is thrown at it on the way, it ends settled: else the broker would count
    /// it against the prefetch for good, and deliver it to the next listener, which would fare no better.
    /// </summary>
    public async ValueTask ReceiveAsync(RabbitDelivery delivery, CancellationToken cancellationToken)
    {
        PooledBuffer? message = null;
        IRabbitIncoming? incoming = null;
        try
        {
            message = RabbitContent.Read(delivery, Limits);
            T made = Make(delivery, message);
            incoming = (IRabbitIncoming)made;
            if (WasSeen(incoming.UniqueId))
            {
                incoming.Dispose();
                LogDuplicate(incoming.UniqueId!.Value, delivery.Queue);
                await SettleAsync(delivery, acknowledge: true).ConfigureAwait(false);
            }
            else
            {
                await receive(made, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The session gives it back.
            throw;
        }
        catch (Exception error)
        {
            bool settled = incoming is { IsSettled: true };
            (incoming ?? (IDisposable?)message)?.Dispose();
            if (settled)
            {
                LogBroken(error, delivery.Queue);
                return;
            }

            bool acknowledge = delivery.FromStream || error is UnreadableMessageException { Acknowledge: true };
            LogRefused(
                error is MalformedMessageException or UnreadableMessageException ? null : error,
                delivery.Queue, acknowledge ? "acknowledged" : "rejected", MessageText.Sentence(error.Message));
            await SettleAsync(delivery, acknowledge).ConfigureAwait(false);
        }
    }

    /// <summary>Reads the message, and takes its buffer over.</summary>
    protected abstract T Make(in RabbitDelivery delivery, PooledBuffer message);

    protected bool WasSeen(MessageId? id)
    {
        lock (Seen)
        {
            return id is { } known && Seen.Contains(known);
        }
    }

    protected void Remember(MessageId? id)
    {
        if (id is { } known)
        {
            lock (Seen)
            {
                Seen.TryAdd(known);
            }
        }
    }

    private async ValueTask SettleAsync(RabbitDelivery delivery, bool acknowledge)
    {
        try
        {
            if (acknowledge)
            {
                await delivery.Session.AckAsync(delivery.Tag).ConfigureAwait(false);
            }
            else
            {
                await delivery.Session.RejectAsync(delivery.Tag, requeue: false).ConfigureAwait(false);
            }
        }
        catch (MessagingException error)
        {
            // The channel went meanwhile: it comes again on the next one.
            LogNotSettled(delivery.Queue, error.Message);
        }
    }

    [LoggerMessage(2071, LogLevel.Warning, "A message from {Queue} was {Outcome} unread: {Reason}")]
    private partial void LogRefused(Exception? error, string queue, string outcome, string reason);

    [LoggerMessage(2072, LogLevel.Warning, "Message {Id} from {Queue} came a second time and was dropped")]
    private partial void LogDuplicate(MessageId id, string queue);

    [LoggerMessage(2073, LogLevel.Debug, "A message from {Queue} will come again: {Reason}")]
    private partial void LogNotSettled(string queue, string reason);

    [LoggerMessage(2074, LogLevel.Error, "A message from {Queue} could not be handed over")]
    private partial void LogBroken(Exception error, string queue);
}

/// <summary>Receives requests.</summary>
internal sealed class RabbitRpcListener(
    Func<IncomingRequest, CancellationToken, ValueTask> receive, RabbitReplySender replies, string? ownQueue, DriverContext context)
    : RabbitListener<IncomingRequest>(receive, context)
{
    public override async ValueTask DisposeAsync()
    {
        if (Consumer is { } consumer && ownQueue is not null)
        {
            await consumer.StopAsync().ConfigureAwait(false);
            await consumer.DeleteAsync(ownQueue).ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override IncomingRequest Make(in RabbitDelivery delivery, PooledBuffer message) =>
        new Request(this, delivery, message, RpcRequestFields.Read(message.WrittenMemory, Limits));

    private sealed class Request(RabbitRpcListener listener, in RabbitDelivery delivery, PooledBuffer message, in RpcRequestFields fields)
        : IncomingRequest(message, fields, listener.Limits), IRabbitIncoming
    {
        private readonly ConsumerSession session = delivery.Session;
        private readonly ulong tag = delivery.Tag;

        public MessageId? UniqueId => Fields.UniqueId;

        public bool IsSettled { get; private set; }

        public override bool ExpectsReply => Fields.CallId is not null && Fields.ReplyQueue is not null;

        public override TraceContext Trace { get; } = RabbitProperties.TraceOf(delivery.Properties);

        public override bool Redelivered { get; } = delivery.Redelivered;

        public override async ValueTask AcknowledgeAsync(CancellationToken cancellationToken)
        {
            IsSettled = true;
            await session.AckAsync(tag).ConfigureAwait(false);

            // Remembered when it is ours to run, not before: one that could not be acknowledged comes again and must run then.
            listener.Remember(Fields.UniqueId);
        }

        public override ValueTask ReplyAsync(Payload result, string? failure, bool ending, CancellationToken cancellationToken)
        {
            listener.Reply(Fields, result, failure, ending);
            return ValueTask.CompletedTask;
        }
    }

    private void Reply(in RpcRequestFields fields, in Payload result, string? failure, bool ending) =>
        replies.Send(fields, result, failure, ending);
}

/// <summary>Receives notifications.</summary>
internal sealed class RabbitNotificationListener(
    Func<IncomingNotification, CancellationToken, ValueTask> receive,
    Func<string, ReadOnlyMemory<byte>, TraceContext, ValueTask> deadLetter,
    DriverContext context)
    : RabbitListener<IncomingNotification>(receive, context)
{
    protected override IncomingNotification Make(in RabbitDelivery delivery, PooledBuffer message) =>
        new Incoming(this, delivery, message, NotificationFields.Read(message.WrittenMemory, Limits));

    private ValueTask DeadLetterAsync(string queue, ReadOnlyMemory<byte> message, in TraceContext trace) => deadLetter(queue, message, trace);

    private sealed class Incoming(
        RabbitNotificationListener listener, in RabbitDelivery delivery, PooledBuffer message, in NotificationFields fields)
        : IncomingNotification(message, fields, listener.Limits), IRabbitIncoming
    {
        private readonly ConsumerSession session = delivery.Session;
        private readonly ulong tag = delivery.Tag;

        public MessageId? UniqueId => Fields.UniqueId;

        public bool IsSettled { get; private set; }

        public override string RoutingKey { get; } = delivery.RoutingKey;

        public override TraceContext Trace { get; } = RabbitProperties.TraceOf(delivery.Properties);

        public override int DeliveryCount { get; } = RabbitProperties.DeliveriesOf(delivery);

        public override async ValueTask AcknowledgeAsync(CancellationToken cancellationToken)
        {
            IsSettled = true;
            await session.AckAsync(tag).ConfigureAwait(false);

            // Remembered only now: one that is requeued must not be taken for a duplicate of itself.
            listener.Remember(Fields.UniqueId);
        }

        public override ValueTask RequeueAsync(CancellationToken cancellationToken)
        {
            IsSettled = true;
            return session.RejectAsync(tag, requeue: true);
        }

        public override async ValueTask DeadLetterAsync(string queue, CancellationToken cancellationToken)
        {
            await listener.DeadLetterAsync(queue, Message, Trace).ConfigureAwait(false);
            await AcknowledgeAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
