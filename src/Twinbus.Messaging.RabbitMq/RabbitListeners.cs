using Microsoft.Extensions.Logging;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>What RPC and notification listeners share: a consumer, and refusing what cannot be read, once.</summary>
internal abstract partial class RabbitListener(DriverContext context) : IMessageListener
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

    public async ValueTask ReceiveAsync(RabbitDelivery delivery, CancellationToken cancellationToken)
    {
        PooledBuffer? message = null;
        try
        {
            message = RabbitContent.Read(delivery, Limits);
            await ReceiveAsync(delivery, message, cancellationToken).ConfigureAwait(false);
        }
        catch (UnreadableMessageException error)
        {
            await RefuseAsync(delivery, error.Acknowledge || delivery.FromStream, error.Message).ConfigureAwait(false);
        }
        catch (MalformedMessageException error)
        {
            message?.Dispose();
            await RefuseAsync(delivery, acknowledge: delivery.FromStream, error.Message).ConfigureAwait(false);
        }
        catch (MessagingException error)
        {
            // The channel went while it was being settled: it comes again on the next one.
            LogNotSettled(delivery.Queue, error.Message);
        }
    }

    protected abstract ValueTask ReceiveAsync(RabbitDelivery delivery, PooledBuffer message, CancellationToken cancellationToken);

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

    protected async ValueTask DropDuplicateAsync(RabbitDelivery delivery, MessageId id)
    {
        LogDuplicate(id, delivery.Queue);
        await delivery.Session.AckAsync(delivery.Tag).ConfigureAwait(false);
    }

    private async ValueTask RefuseAsync(RabbitDelivery delivery, bool acknowledge, string reason)
    {
        LogRefused(delivery.Queue, acknowledge ? "acknowledged" : "rejected", reason);
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
            LogNotSettled(delivery.Queue, error.Message);
        }
    }

    [LoggerMessage(2071, LogLevel.Warning, "A message from {Queue} was {Outcome} unread: {Reason}")]
    private partial void LogRefused(string queue, string outcome, string reason);

    [LoggerMessage(2072, LogLevel.Warning, "Message {Id} from {Queue} came a second time and was dropped")]
    private partial void LogDuplicate(MessageId id, string queue);

    [LoggerMessage(2073, LogLevel.Debug, "A message from {Queue} will come again: {Reason}")]
    private partial void LogNotSettled(string queue, string reason);
}

/// <summary>Receives requests.</summary>
internal sealed class RabbitRpcListener(
    Func<IncomingRequest, CancellationToken, ValueTask> receive, RabbitReplySender replies, string? ownQueue, DriverContext context)
    : RabbitListener(context)
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

    protected override ValueTask ReceiveAsync(RabbitDelivery delivery, PooledBuffer message, CancellationToken cancellationToken)
    {
        RpcRequestFields fields = RpcRequestFields.Read(message.WrittenMemory, Limits);
        if (WasSeen(fields.UniqueId))
        {
            message.Dispose();
            return DropDuplicateAsync(delivery, fields.UniqueId!.Value);
        }

        return receive(new Request(this, delivery.Session, delivery.Tag, message, fields), cancellationToken);
    }

    private sealed class Request(
        RabbitRpcListener listener, ConsumerSession session, ulong tag, PooledBuffer message, in RpcRequestFields fields)
        : IncomingRequest(message, fields, listener.Limits)
    {
        public override bool ExpectsReply => Fields.CallId is not null && Fields.ReplyQueue is not null;

        public override async ValueTask AcknowledgeAsync(CancellationToken cancellationToken)
        {
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
        replies.Send(fields.ReplyQueue!, fields.CallId!, result, failure, ending);
}

/// <summary>Receives notifications.</summary>
internal sealed class RabbitNotificationListener(
    Func<IncomingNotification, CancellationToken, ValueTask> receive, DriverContext context) : RabbitListener(context)
{
    protected override ValueTask ReceiveAsync(RabbitDelivery delivery, PooledBuffer message, CancellationToken cancellationToken)
    {
        NotificationFields fields = NotificationFields.Read(message.WrittenMemory, Limits);
        if (WasSeen(fields.UniqueId))
        {
            message.Dispose();
            return DropDuplicateAsync(delivery, fields.UniqueId!.Value);
        }

        return receive(new Incoming(this, delivery, message, fields), cancellationToken);
    }

    private sealed class Incoming(
        RabbitNotificationListener listener, in RabbitDelivery delivery, PooledBuffer message, in NotificationFields fields)
        : IncomingNotification(message, fields, listener.Limits)
    {
        private readonly ConsumerSession session = delivery.Session;
        private readonly ulong tag = delivery.Tag;

        public override string RoutingKey { get; } = delivery.RoutingKey;

        public override async ValueTask AcknowledgeAsync(CancellationToken cancellationToken)
        {
            await session.AckAsync(tag).ConfigureAwait(false);

            // Remembered only now: one that is requeued must not be taken for a duplicate of itself.
            listener.Remember(Fields.UniqueId);
        }

        public override ValueTask RequeueAsync(CancellationToken cancellationToken) => session.RejectAsync(tag, requeue: true);
    }
}
