using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using Twinbus.Messaging.Drivers;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>
/// Consumes queues on one channel and comes back by itself: after a lost connection, a closed channel, a deleted queue. It
/// declares everything anew each time.
/// </summary>
internal sealed partial class RabbitConsumer : IAsyncDisposable
{
    private readonly RabbitLink link;
    private readonly ImmutableArray<QueueDeclaration> queues;
    private readonly ushort prefetch;
    private readonly Func<RabbitDelivery, CancellationToken, ValueTask> receive;
    private readonly ILogger logger;
    private readonly CancellationTokenSource lifetime = new();
    private ConsumerSession? session;
    private Task supervision = Task.CompletedTask;

    public RabbitConsumer(
        RabbitLink link,
        ImmutableArray<QueueDeclaration> queues,
        int prefetch,
        Func<RabbitDelivery, CancellationToken, ValueTask> receive,
        DriverContext context)
    {
        this.link = link;
        this.queues = queues;
        this.prefetch = (ushort)prefetch;
        this.receive = receive;
        logger = context.Logger;
    }

    /// <summary>Ends when the consumer stops taking messages.</summary>
    public CancellationToken Stopping => lifetime.Token;

    /// <summary>Starts; waits for the bus as long as it is only away. Throws when it will not come by itself.</summary>
    /// <param name="retries">How often it tries again while the bus is away; null: until it is cancelled.</param>
    /// <param name="cancellationToken">Stops trying.</param>
    public async ValueTask StartAsync(int? retries, CancellationToken cancellationToken)
    {
        session = await OpenAsync(retries, cancellationToken).ConfigureAwait(false);
        supervision = Detached.Run(() => SuperviseAsync(session));
    }

    /// <summary>Takes no more messages; those taken can still be acknowledged.</summary>
    public async ValueTask StopAsync()
    {
        await lifetime.CancelAsync().ConfigureAwait(false);
        await supervision.ConfigureAwait(false);
        if (session is { } current)
        {
            await current.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Deletes a queue that this consumer alone used.</summary>
    public async ValueTask DeleteAsync(string queue)
    {
        if (session is { } current)
        {
            await current.DeleteAsync(queue).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        if (session is { } current)
        {
            await current.CloseAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask<ConsumerSession> OpenAsync(int? retries, CancellationToken cancellationToken)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                await link.DelayAsync(attempt, cancellationToken).ConfigureAwait(false);
                IConnection connection = await link.GetAsync(cancellationToken).ConfigureAwait(false);
                return await Detached.Run(() => ConsumerSession.OpenAsync(
                    connection, queues, prefetch, receive, logger, lifetime.Token, cancellationToken).AsTask()).ConfigureAwait(false);
            }
            catch (Exception error) when (!link.IsDisposed && (session is not null || RabbitErrors.IsFromClient(error) || error is MessagingException))
            {
                // Once it has listened it must not go deaf, whatever happened: what cannot mend by itself, somebody will mend.
                cancellationToken.ThrowIfCancellationRequested();
                MessagingException failure = RabbitErrors.Operating(link.Endpoint, $"Listening on {Names}", error);
                if (session is null && (!failure.IsTransient || attempt >= retries))
                {
                    throw failure;
                }

                LogRetrying(Names, failure.Message);
            }
        }
    }

    private async Task SuperviseAsync(ConsumerSession current)
    {
        try
        {
            while (true)
            {
                string reason = await current.Ended.WaitAsync(lifetime.Token).ConfigureAwait(false);
                LogLost(Names, reason);
                await current.CloseAsync().ConfigureAwait(false);
                current = await OpenAsync(retries: null, lifetime.Token).ConfigureAwait(false);
                session = current;
                LogBack(Names);
            }
        }
        catch (OperationCanceledException) when (lifetime.IsCancellationRequested)
        {
            // Stopped.
        }
        catch (Exception error) when (link.IsDisposed && RabbitErrors.IsFromClient(error))
        {
            // Its owner was to stop it first: there is nothing to come back to.
            LogEnded(Names);
        }
    }

    private string Names => string.Join(", ", queues.Select(queue => queue.Name));

    [LoggerMessage(2031, LogLevel.Warning, "Consumer of {Queues} was cut off: {Reason}")]
    private partial void LogLost(string queues, string reason);

    [LoggerMessage(2032, LogLevel.Information, "Consumer of {Queues} is back")]
    private partial void LogBack(string queues);

    [LoggerMessage(2034, LogLevel.Warning, "Consumer of {Queues} ends: its transport was disposed before its server or listener was stopped")]
    private partial void LogEnded(string queues);

    [LoggerMessage(2033, LogLevel.Warning, "Consumer of {Queues} tries again: {Reason}")]
    private partial void LogRetrying(string queues, string reason);
}
