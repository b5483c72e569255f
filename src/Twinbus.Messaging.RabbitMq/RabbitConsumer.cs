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
    private readonly TimeProvider time;
    private readonly TimeSpan reopenTimeout;
    private ConsumerSession? session;
    private Task supervision = Task.CompletedTask;
    private volatile bool isListening;

    public RabbitConsumer(
        RabbitLink link,
        ImmutableArray<QueueDeclaration> queues,
        int prefetch,
        Func<RabbitDelivery, CancellationToken, ValueTask> receive,
        DriverContext context,
        TimeSpan? reopenTimeout = null)
    {
        this.link = link;
        this.queues = queues;
        this.prefetch = (ushort)prefetch;
        this.receive = receive;
        time = context.TimeProvider;
        logger = context.Logger;
        this.reopenTimeout = reopenTimeout ?? Timeout.InfiniteTimeSpan;
        link.GivenUp += OnGivenUp;
    }

    /// <summary>Why the last attempt to listen failed; null when it has not.</summary>
    public string? LastFailure { get; private set; }

    /// <summary>Whether it consumes now, as far as is known.</summary>
    public bool IsListening => isListening;

    /// <summary>Told when it is back after a loss.</summary>
    public event Action? Listening;

    /// <summary>
    /// Told when its queue does not come back although a host is connected. Whoever listens to this has another queue instead; without
    /// one who does, the next host is tried.
    /// </summary>
    public event Action? Stuck;

    /// <summary>Ends when the consumer stops taking messages.</summary>
    public CancellationToken Stopping => lifetime.Token;

    /// <summary>Starts; waits for the bus as long as it is only away. Throws when it will not come by itself.</summary>
    /// <param name="retries">How often it tries again while the bus is away; null: until it is cancelled.</param>
    /// <param name="cancellationToken">Stops trying.</param>
    public async ValueTask StartAsync(int? retries, CancellationToken cancellationToken)
    {
        ConsumerSession first = await OpenAsync(retries, cancellationToken).ConfigureAwait(false);
        Adopt(first);
        supervision = Detached.Run(() => SuperviseAsync(first));
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
        link.GivenUp -= OnGivenUp;
        if (session is { } current)
        {
            await current.CloseAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask<ConsumerSession> OpenAsync(int? retries, CancellationToken cancellationToken)
    {
        for (int attempt = 0; ; attempt++)
        {
            IConnection? connection = null;
            try
            {
                await link.DelayAsync(attempt, cancellationToken).ConfigureAwait(false);
                connection = await link.GetAsync(cancellationToken).ConfigureAwait(false);
                ConsumerSession opened = await OpenAsync(connection, cancellationToken).ConfigureAwait(false);
                LastFailure = null;
                return opened;
            }
            catch (Exception error) when (!link.IsDisposed && (session is not null || error is MessagingException or OperationCanceledException || RabbitErrors.IsFromClient(error)))
            {
                // Once it has listened it must not go deaf, whatever happened: what cannot mend by itself, somebody will mend.
                cancellationToken.ThrowIfCancellationRequested();
                string endpoint = connection is null ? link.Endpoint : RabbitConnector.EndpointOf(connection);
                MessagingException failure = RabbitErrors.Operating(endpoint, $"Listening on {Names}", error);
                LastFailure = failure.Message;
                if (session is null && (!failure.IsTransient || attempt >= retries))
                {
                    throw failure;
                }

                LogRetrying(Names, failure.Message);
                if (connection is not null && RabbitRefusals.MaySucceedElsewhere(error))
                {
                    await FailedAsync(connection, failure).ConfigureAwait(false);
                }
            }
        }
    }

    private async Task<ConsumerSession> OpenAsync(IConnection connection, CancellationToken cancellationToken)
    {
        // After a loss the queue may be at the lost host, and then every declaration waits for that one.
        Task<ConsumerSession> opening = Detached.Run(() => ConsumerSession.OpenAsync(
            link, connection, queues, prefetch, receive, logger, lifetime.Token, cancellationToken).AsTask());
        if (session is null || reopenTimeout == Timeout.InfiniteTimeSpan)
        {
            return await opening.ConfigureAwait(false);
        }

        try
        {
            return await opening.WaitAsync(reopenTimeout, time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is TimeoutException or OperationCanceledException && !opening.IsCompleted)
        {
            Detached.Begin(() => DiscardAsync(opening));
            throw;
        }
    }

    private async Task DiscardAsync(Task<ConsumerSession> opening)
    {
        try
        {
            (await opening.ConfigureAwait(false)).Discard();
        }
        catch (Exception error)
        {
            LogRetrying(Names, error.Message);
        }
    }

    // Other hosts may do what this one does not. Whose queue can be replaced does not take the others' connection away.
    private async ValueTask FailedAsync(IConnection connection, MessagingException failure)
    {
        if (Stuck is { } stuck)
        {
            stuck();
        }
        else
        {
            await link.AbandonAsync(connection, failure.Message).ConfigureAwait(false);
        }
    }

    private void Adopt(ConsumerSession opened)
    {
        session = opened;
        isListening = true;
        if (!link.IsCurrent(opened.Connection))
        {
            // It went before there was anybody to be told.
            opened.End($"the connection to RabbitMQ at {opened.Endpoint} was given up");
        }
    }

    private void OnGivenUp(IConnection connection, string reason)
    {
        if (session is { } current && ReferenceEquals(current.Connection, connection))
        {
            current.End($"the connection to RabbitMQ at {current.Endpoint} was given up: {reason}");
        }
    }

    // Nothing that a channel ends with may end this: it would be deaf for good.
    private async Task SuperviseAsync(ConsumerSession current)
    {
        try
        {
            while (true)
            {
                string reason = await current.Ended.WaitAsync(lifetime.Token).ConfigureAwait(false);
                isListening = false;
                LogLost(Names, reason);
                current.Discard();
                current = await OpenAsync(retries: null, lifetime.Token).ConfigureAwait(false);
                Adopt(current);
                LogBack(Names);
                Listening?.Invoke();
            }
        }
        catch (OperationCanceledException) when (lifetime.IsCancellationRequested)
        {
            // Stopped.
        }
        catch (Exception error) when (link.IsDisposed)
        {
            // Its owner was to stop it first: there is nothing to come back to.
            LogEnded(Names, error.Message);
        }
    }

    private string Names => string.Join(", ", queues.Select(queue => queue.Name));

    [LoggerMessage(2031, LogLevel.Warning, "Consumer of {Queues} was cut off: {Reason}")]
    private partial void LogLost(string queues, string reason);

    [LoggerMessage(2032, LogLevel.Information, "Consumer of {Queues} is back")]
    private partial void LogBack(string queues);

    [LoggerMessage(2034, LogLevel.Warning, "Consumer of {Queues} ends: its transport was disposed before its server or listener was stopped ({Reason})")]
    private partial void LogEnded(string queues, string reason);

    [LoggerMessage(2033, LogLevel.Warning, "Consumer of {Queues} tries again: {Reason}")]
    private partial void LogRetrying(string queues, string reason);
}
