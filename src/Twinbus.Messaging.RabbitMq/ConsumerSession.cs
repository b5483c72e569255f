using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Twinbus.Messaging.Drivers;

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
    private static readonly TimeSpan DisposeTimeout = TimeSpan.FromSeconds(10);

    private readonly RabbitLink link;
    private readonly IChannel channel;
    private readonly ILogger logger;
    private readonly CancellationTokenSource over;
    private readonly TaskCompletionSource<string> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> tags = [];
    private readonly List<ulong> left = [];
    private int consuming;

    private ConsumerSession(RabbitLink link, IConnection connection, IChannel channel, ILogger logger, CancellationToken stopping)
    {
        this.link = link;
        this.channel = channel;
        this.logger = logger;
        Connection = connection;
        Endpoint = RabbitConnector.EndpointOf(connection);
        over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
    }

    /// <summary>The connection that the channel is on.</summary>
    public IConnection Connection { get; }

    /// <summary>The broker's address, also when it is gone.</summary>
    public string Endpoint { get; }

    /// <summary>Completes, with the reason, when it receives no more.</summary>
    public Task<string> Ended => ended.Task;

    /// <summary>Opens a channel, declares the queues and consumes them.</summary>
    public static async ValueTask<ConsumerSession> OpenAsync(
        RabbitLink link,
        IConnection connection,
        ImmutableArray<QueueDeclaration> queues,
        ushort prefetch,
        Func<RabbitDelivery, CancellationToken, ValueTask> receive,
        ILogger logger,
        CancellationToken stopping,
        CancellationToken cancellationToken)
    {
        IChannel channel = await connection.CreateChannelAsync(null, cancellationToken).ConfigureAwait(false);
        var session = new ConsumerSession(link, connection, channel, logger, stopping);
        try
        {
            channel.ChannelShutdownAsync += (_, args) =>
            {
                session.End(RabbitErrors.Closed(session.Endpoint, "Receiving", args).Message);
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
            session.Discard();
            throw;
        }
    }

    /// <summary>It receives no more: what waits for its turn is let go, since it comes again.</summary>
    public void End(string reason)
    {
        if (ended.TrySetResult(reason))
        {
            // Not on the thread that brings the news, which may be the client's.
            Detached.Begin(over.CancelAsync);
        }
    }

    /// <summary>Closes it in the background: how long a broken channel takes to go, or how, is nobody's concern.</summary>
    public void Discard()
    {
        End("it is closed");
        Detached.Begin(() => CloseAsync().AsTask());
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
            throw Lost("Acknowledging a message", error);
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
            throw Lost("Refusing a message", error);
        }
    }

    /// <summary>Asks the broker for no more messages. It gets back those that nobody has begun with.</summary>
    public async ValueTask CancelAsync()
    {
        foreach (string tag in tags)
        {
            if (!await IgnoreLossAsync(() => channel.BasicCancelAsync(tag, false, CancellationToken.None)).ConfigureAwait(false))
            {
                // A broker that does not answer to one does not answer to the next.
                break;
            }
        }

        tags.Clear();
    }

    public async ValueTask DeleteAsync(string queue) =>
        await IgnoreLossAsync(() => channel.QueueDeleteAsync(queue, false, false, false, CancellationToken.None)).ConfigureAwait(false);

    /// <summary>Closes the channel. Never throws what the client says of one that is broken.</summary>
    public async ValueTask CloseAsync()
    {
        await over.CancelAsync().ConfigureAwait(false);
        await IgnoreLossAsync(() => channel.CloseAsync()).ConfigureAwait(false);
        try
        {
            // Over a dead network it can wait for ever; and while work that a delivery began is under way it throws.
            await channel.DisposeAsync().AsTask().WaitAsync(DisposeTimeout).ConfigureAwait(false);
        }
        catch (Exception error) when (RabbitErrors.IsFromClient(error) || error is OperationCanceledException)
        {
            LogLeft(error.Message);
        }
    }

    // What is cleaned up on a broken channel is cleaned up by the broker.
    private async ValueTask<bool> IgnoreLossAsync(Func<Task> operation)
    {
        if (!channel.IsOpen)
        {
            return false;
        }

        try
        {
            await operation().ConfigureAwait(false);
            return true;
        }
        catch (Exception error) when (RabbitErrors.IsFromClient(error) || error is OperationCanceledException)
        {
            LogLeft(error.Message);
            return false;
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

    private TransportConnectionException Lost(string what, Exception error) => new(
        MessagingErrorReason.ConnectionLost,
        Endpoint,
        $"The message will come again: {RabbitErrors.Operating(Endpoint, what, error).Message}",
        error);

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
            session.link.Heard();
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
                await receive(delivery, session.over.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                Leave(deliveryTag);
            }
            catch (OperationCanceledException) when (session.over.IsCancellationRequested)
            {
                // Its channel is gone, with the right to acknowledge it.
            }
            catch (Exception error)
            {
                // The client library would drop it without a word, and it is in its receiving loop.
                session.LogBroken(error, queue.Name);
            }
        }

        public Task HandleBasicCancelAsync(string consumerTag, CancellationToken cancellationToken = default)
        {
            session.End($"RabbitMQ at {session.Endpoint} ended it: queue {queue.Name} was deleted, or its node is gone");
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
