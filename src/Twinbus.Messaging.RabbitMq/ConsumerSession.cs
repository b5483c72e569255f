using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>One message from the broker. Its body is valid until the receiver returns.</summary>
internal readonly record struct RabbitDelivery(
    ConsumerSession Session, string Queue, string RoutingKey, ulong Tag, IReadOnlyBasicProperties Properties, ReadOnlyMemory<byte> Body)
{
    /// <summary>Streams know acknowledgements only: over a refusal the broker closes the whole connection.</summary>
    public bool FromStream { get; init; }

    /// <summary>Whether the broker delivered it before.</summary>
    public bool Redelivered { get; init; }
}

/// <summary>One channel that consumes, from its opening to its end.</summary>
internal sealed partial class ConsumerSession
{
    private readonly IChannel channel;
    private readonly ILogger logger;
    private readonly TaskCompletionSource<string> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> tags = [];
    private readonly List<ulong> left = [];
    private int consuming;

    private ConsumerSession(IChannel channel, ILogger logger)
    {
        this.channel = channel;
        this.logger = logger;
    }

    /// <summary>Completes, with the reason, when it receives no more.</summary>
    public Task<string> Ended => ended.Task;

    public static async ValueTask<ConsumerSession> OpenAsync(
        IConnection connection,
        ImmutableArray<QueueDeclaration> queues,
        ushort prefetch,
        Func<RabbitDelivery, CancellationToken, ValueTask> receive,
        ILogger logger,
        CancellationToken stopping,
        CancellationToken cancellationToken)
    {
        IChannel channel = await connection.CreateChannelAsync(null, cancellationToken).ConfigureAwait(false);
        var session = new ConsumerSession(channel, logger);
        try
        {
            channel.ChannelShutdownAsync += (_, args) =>
            {
                session.ended.TrySetResult($"{args.ReplyCode} {args.ReplyText}");
                return Task.CompletedTask;
            };
            foreach (QueueDeclaration queue in queues)
            {
                await queue.DeclareAsync(channel, cancellationToken).ConfigureAwait(false);
            }

            if (prefetch > 0)
            {
                await channel.BasicQosAsync(0, prefetch, global: false, cancellationToken).ConfigureAwait(false);
            }

            foreach (QueueDeclaration queue in queues)
            {
                var consumer = new Consumer(session, queue, receive, stopping);
                string tag = (session.tags.Count + 1).ToString(CultureInfo.InvariantCulture);
                Dictionary<string, object?>? arguments = queue.Position is { } at ? new() { ["x-stream-offset"] = at.Offset } : null;
                await channel.BasicConsumeAsync(queue.Name, false, tag, false, false, arguments, consumer, cancellationToken)
                    .ConfigureAwait(false);
                session.tags.Add(tag);
                session.consuming++;
            }

            return session;
        }
        catch
        {
            await session.CloseAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Acknowledges. An error means that the message will come again.</summary>
    public async ValueTask AckAsync(ulong tag, bool multiple = false)
    {
        try
        {
            await channel.BasicAckAsync(tag, multiple, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception error) when (RabbitErrors.IsFromClient(error))
        {
            throw Lost("Acknowledging", error);
        }
    }

    /// <summary>Refuses a message: back to its queue, or away with it.</summary>
    public async ValueTask RejectAsync(ulong tag, bool requeue)
    {
        try
        {
            await channel.BasicRejectAsync(tag, requeue, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception error) when (RabbitErrors.IsFromClient(error))
        {
            throw Lost("Refusing", error);
        }
    }

    /// <summary>Asks the broker for no more messages. It gets back those that nobody has begun with.</summary>
    public async ValueTask CancelAsync()
    {
        foreach (string tag in tags)
        {
            await IgnoreLossAsync(() => channel.BasicCancelAsync(tag, false, CancellationToken.None)).ConfigureAwait(false);
        }

        tags.Clear();
    }

    public ValueTask DeleteAsync(string queue) =>
        IgnoreLossAsync(() => channel.QueueDeleteAsync(queue, false, false, false, CancellationToken.None));

    public async ValueTask CloseAsync()
    {
        await IgnoreLossAsync(() => channel.CloseAsync()).ConfigureAwait(false);
        await channel.DisposeAsync().ConfigureAwait(false);
    }

    // What is cleaned up on a broken channel is cleaned up by the broker.
    private async ValueTask IgnoreLossAsync(Func<Task> operation)
    {
        if (!channel.IsOpen)
        {
            return;
        }

        try
        {
            await operation().ConfigureAwait(false);
        }
        catch (Exception error) when (RabbitErrors.IsFromClient(error))
        {
            LogLeft(error.Message);
        }
    }

    // Sent on when the last consumer is cancelled, and on the dispatching loop, so behind every delivery there was: sooner
    // they would come back to us. Those that run may take long, and the others' callers do not have so much patience.
    private async Task ReturnLeftAsync()
    {
        if (--consuming > 0)
        {
            return;
        }

        foreach (ulong tag in left)
        {
            await IgnoreLossAsync(() => channel.BasicRejectAsync(tag, requeue: true, CancellationToken.None).AsTask()).ConfigureAwait(false);
        }

        left.Clear();
    }

    private static TransportConnectionException Lost(string what, Exception error) => new(
        MessagingErrorReason.ConnectionLost, "", $"{what} failed, the connection was lost: the message will come again.", error);

    [LoggerMessage(2041, LogLevel.Debug, "While closing a consumer: {Reason}")]
    private partial void LogLeft(string reason);

    [LoggerMessage(2042, LogLevel.Error, "A message from {Queue} could not be received")]
    private partial void LogBroken(Exception error, string queue);

    private sealed class Consumer(
        ConsumerSession session,
        QueueDeclaration queue,
        Func<RabbitDelivery, CancellationToken, ValueTask> receive,
        CancellationToken stopping) : IAsyncBasicConsumer
    {
        public IChannel Channel => session.channel;

        public async Task HandleBasicDeliverAsync(
            string consumerTag,
            ulong deliveryTag,
            bool redelivered,
            string exchange,
            string routingKey,
            IReadOnlyBasicProperties properties,
            ReadOnlyMemory<byte> body,
            CancellationToken cancellationToken = default)
        {
            if (stopping.IsCancellationRequested)
            {
                Leave(deliveryTag);
                return;
            }

            queue.Position?.Seen(properties);
            try
            {
                var delivery = new RabbitDelivery(session, queue.Name, routingKey, deliveryTag, properties, body)
                {
                    FromStream = queue.Position is not null,
                    Redelivered = redelivered,
                };
                await receive(delivery, stopping).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                Leave(deliveryTag);
            }
            catch (Exception error)
            {
                // The client library would drop it without a word, and it is in its receiving loop.
                session.LogBroken(error, queue.Name);
            }
        }

        public Task HandleBasicCancelAsync(string consumerTag, CancellationToken cancellationToken = default)
        {
            session.ended.TrySetResult($"the queue {queue.Name} was deleted");
            return Task.CompletedTask;
        }

        public Task HandleBasicCancelOkAsync(string consumerTag, CancellationToken cancellationToken = default) => session.ReturnLeftAsync();

        public Task HandleBasicConsumeOkAsync(string consumerTag, CancellationToken cancellationToken = default) => Task.CompletedTask;

        public Task HandleChannelShutdownAsync(object channel, ShutdownEventArgs reason) => Task.CompletedTask;

        private void Leave(ulong tag)
        {
            // What another reads of a stream does not depend on us.
            if (queue.Position is null)
            {
                session.left.Add(tag);
            }
        }
    }
}
