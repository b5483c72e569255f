using Microsoft.Extensions.Logging;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>The client's end of its calls: one queue for all replies, named and declared at the first call.</summary>
internal sealed partial class RabbitReplies : IAsyncDisposable
{
    // Replies are acknowledged together: one that comes twice finds nobody waiting, and does no harm.
    private const int AckEvery = 32;
    private static readonly TimeSpan AckAfter = TimeSpan.FromMilliseconds(200);

    private readonly RabbitQueueNaming naming;
    private readonly RabbitLink link;
    private readonly RabbitTopology topology;
    private readonly PendingCalls calls;
    private readonly DriverContext context;
    private readonly InboundLimits limits;
    private readonly ILogger logger;
    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly ITimer ackTimer;
    private readonly bool legacyExchange;
    private RabbitConsumer? consumer;
    private volatile bool started;
    private readonly Lock acks = new();
    private ConsumerSession? session;
    private ulong received;
    private ulong acknowledged;

    public RabbitReplies(
        RabbitQueueNaming naming, RabbitLink link, RabbitTopology topology, RabbitMqOptions options, PendingCalls calls, DriverContext context)
    {
        this.naming = naming;
        this.link = link;
        this.topology = topology;
        this.calls = calls;
        this.context = context;
        limits = context.Limits;
        logger = context.Logger;
        legacyExchange = options.Publishing.LegacyReplyExchange;
        ackTimer = Detached.Timer(
            context.TimeProvider, static state => _ = ((RabbitReplies)state!).AcknowledgeRestAsync(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The queue's name; empty before the first call.</summary>
    public string Queue { get; private set; } = "";

    /// <summary>Whether replies can arrive; they can still after a loss, when the queue has survived it.</summary>
    public bool IsStarted => started;

    /// <summary>Names and declares the queue and listens, the first time: who never calls has no queue, and no number for one.</summary>
    /// <param name="retries">How often it tries again while the bus is away; null: until it is cancelled.</param>
    /// <param name="cancellationToken">Stops trying.</param>
    public async ValueTask StartAsync(int? retries, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!started)
            {
                consumer ??= await PrepareAsync(cancellationToken).ConfigureAwait(false);
                await consumer.StartAsync(retries, cancellationToken).ConfigureAwait(false);
                started = true;
            }
        }
        finally
        {
            gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (consumer is not null)
        {
            await consumer.StopAsync().ConfigureAwait(false);
        }

        await ackTimer.DisposeAsync().ConfigureAwait(false);
        if (consumer is not null)
        {
            if (!naming.AreStable)
            {
                await consumer.DeleteAsync(Queue).ConfigureAwait(false);
            }

            await consumer.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask<RabbitConsumer> PrepareAsync(CancellationToken cancellationToken)
    {
        Queue = await naming.ReplyAsync(cancellationToken).ConfigureAwait(false);
        QueueDeclaration declaration = topology.Reply(Queue);
        if (legacyExchange)
        {
            declaration = declaration with { Bindings = [(RabbitTopology.LegacyReply(Queue), Queue)] };
        }

        return new RabbitConsumer(link, [declaration], prefetch: 0, ReceiveAsync, context);
    }

    // Runs on the channel's one dispatching loop.
    private async ValueTask ReceiveAsync(RabbitDelivery delivery, CancellationToken cancellationToken)
    {
        Complete(delivery);
        await Received(delivery.Session, delivery.Tag).ConfigureAwait(false);
    }

    private ValueTask Received(ConsumerSession from, ulong tag)
    {
        lock (acks)
        {
            if (!ReferenceEquals(session, from))
            {
                session = from;
                acknowledged = 0;
            }

            received = tag;
            if (received - acknowledged >= AckEvery)
            {
                return AcknowledgeReceived();
            }

            if (received - acknowledged == 1)
            {
                ackTimer.Change(AckAfter, Timeout.InfiniteTimeSpan);
            }
        }

        return ValueTask.CompletedTask;
    }

    // Under the lock, so that acknowledgements leave in order: the broker takes an older one for an error.
    private ValueTask AcknowledgeReceived()
    {
        acknowledged = received;
        return session!.AckAsync(received, multiple: true);
    }

    private void Complete(in RabbitDelivery delivery)
    {
        PooledBuffer? buffer = null;
        try
        {
            buffer = RabbitContent.Read(delivery, limits);
            RpcReplyFields fields = RpcReplyFields.Read(buffer.WrittenMemory, limits);
            if (fields.CallId is not { } id)
            {
                throw new MalformedMessageException("the reply has no _msg_id");
            }

            // Releases before Mitaka sent the result first and the ending after it: the result is the one that counts.
            bool isHeartbeat = !fields.Ending && fields.Failure is null && IsNull(fields.Result);
            if (isHeartbeat)
            {
                calls.Extend(id);
            }
            else if (calls.TryComplete(id, new IncomingReply(buffer, fields.Result, fields.Failure)))
            {
                return;
            }
            else
            {
                LogLate(id);
            }

            buffer.Dispose();
        }
        catch (Exception error)
        {
            // Whatever it holds: it is acknowledged, and the next reply is another call's.
            buffer?.Dispose();
            LogRefused(Queue, MessageText.Sentence(error.Message));
        }
    }

    private static bool IsNull(ReadOnlyMemory<byte> result) => result.IsEmpty || result.Span.SequenceEqual("null"u8);

    private async Task AcknowledgeRestAsync()
    {
        try
        {
            ValueTask acknowledging = ValueTask.CompletedTask;
            lock (acks)
            {
                if (received != acknowledged)
                {
                    acknowledging = AcknowledgeReceived();
                }
            }

            await acknowledging.ConfigureAwait(false);
        }
        catch (MessagingException error)
        {
            // The channel is gone: they come again, and nobody waits for them.
            LogNotAcknowledged(error.Message);
        }
    }

    [LoggerMessage(2051, LogLevel.Debug, "Reply to {CallId} came when nobody waited for it any more")]
    private partial void LogLate(MessageId callId);

    [LoggerMessage(2052, LogLevel.Warning, "A reply on {Queue} was refused: {Reason}")]
    private partial void LogRefused(string queue, string reason);

    [LoggerMessage(2053, LogLevel.Debug, "Replies stay unacknowledged: {Reason}")]
    private partial void LogNotAcknowledged(string reason);
}
