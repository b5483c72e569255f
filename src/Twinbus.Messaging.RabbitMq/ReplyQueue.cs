using Microsoft.Extensions.Logging;
using Twinbus.Messaging.Drivers;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>One queue that replies come to. They are acknowledged together: one that comes twice finds nobody waiting, and does no harm.</summary>
internal sealed partial class ReplyQueue : IAsyncDisposable
{
    private const int AckEvery = 32;
    private static readonly TimeSpan AckAfter = TimeSpan.FromMilliseconds(200);

    private readonly Action<RabbitDelivery> receive;
    private readonly ILogger logger;
    private readonly ITimer ackTimer;
    private readonly Lock acks = new();
    private ConsumerSession? session;
    private ulong received;
    private ulong acknowledged;

    /// <summary>Makes it; its consumer is still to be started.</summary>
    /// <param name="link">The link to consume on.</param>
    /// <param name="declaration">The queue.</param>
    /// <param name="reopenTimeout">How long its declaration may take after a loss before it counts as stuck.</param>
    /// <param name="receive">Takes each reply.</param>
    /// <param name="context">Clock and log.</param>
    public ReplyQueue(RabbitLink link, QueueDeclaration declaration, TimeSpan reopenTimeout, Action<RabbitDelivery> receive, DriverContext context)
    {
        this.receive = receive;
        logger = context.Logger;
        Name = declaration.Name;
        Consumer = new RabbitConsumer(link, [declaration], prefetch: 0, ReceiveAsync, context, reopenTimeout);
        ackTimer = Detached.Timer(
            context.TimeProvider, static state => _ = ((ReplyQueue)state!).AcknowledgeRestAsync(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The queue's name.</summary>
    public string Name { get; }

    public RabbitConsumer Consumer { get; }

    /// <summary>Stops, and deletes the queue where it can be reached; it expires by itself otherwise.</summary>
    public async ValueTask RemoveAsync()
    {
        await Consumer.StopAsync().ConfigureAwait(false);
        await Consumer.DeleteAsync(Name).ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await Consumer.StopAsync().ConfigureAwait(false);
        await ackTimer.DisposeAsync().ConfigureAwait(false);
        await Consumer.DisposeAsync().ConfigureAwait(false);
    }

    // Runs on the channel's one dispatching loop.
    private async ValueTask ReceiveAsync(RabbitDelivery delivery, CancellationToken cancellationToken)
    {
        receive(delivery);
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

    [LoggerMessage(2053, LogLevel.Debug, "Replies stay unacknowledged: {Reason}")]
    private partial void LogNotAcknowledged(string reason);
}
