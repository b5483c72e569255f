using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.Notifications;

/// <summary>Hears notifications of topics and takes them to endpoints. Each is acknowledged after its handlers.</summary>
public sealed partial class NotificationListener : IAsyncDisposable
{
    private readonly Transport transport;
    private readonly NotificationSubscription subscription;
    private readonly NotificationListenerOptions options;
    private readonly NotificationDispatcher dispatcher;
    private readonly SemaphoreSlim slots;
    private readonly Channel<IncomingNotification>? batches;
    private readonly CancellationTokenSource aborted = new();
    private readonly CancellationTokenSource starting = new();
    private readonly CancellationTokenSource draining = new();
    private readonly SemaphoreSlim lifecycle = new(1, 1);
    private readonly ILogger logger;
    private IMessageListener? listener;
    private Task batchLoop = Task.CompletedTask;
    private bool stopping;

    /// <summary>Makes a listener; it hears from <see cref="StartAsync"/> on.</summary>
    /// <param name="transport">The bus; it must outlive the listener.</param>
    /// <param name="targets">Topics, each on its exchange; at least one.</param>
    /// <param name="endpoints">Each gets what its filter passes.</param>
    /// <param name="options">How it runs. Null: the defaults.</param>
    /// <exception cref="MessagingException">A target lacks a topic, or the options do not fit the endpoints or the driver.</exception>
    public NotificationListener(
        Transport transport,
        ImmutableArray<Target> targets,
        ImmutableArray<NotificationEndpoint> endpoints,
        NotificationListenerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(transport);
        this.transport = transport;
        this.options = options ?? new NotificationListenerOptions();
        this.options.Validate();
        Require(transport, targets, endpoints, this.options);
        ImmutableArray<NotificationPriority> priorities = [.. endpoints.SelectMany(endpoint => endpoint.Priorities).Distinct().Order()];
        subscription = new NotificationSubscription(targets, priorities, this.options.Pool, this.options.Batch?.Size ?? 1);
        logger = transport.Options.LoggerFactory.CreateLogger<NotificationListener>();
        dispatcher = new NotificationDispatcher(transport, endpoints, this.options, logger);
        slots = new SemaphoreSlim(this.options.MaxConcurrency);
        batches = this.options.Batch is { } batch ? Channel.CreateBounded<IncomingNotification>(batch.Size) : null;
    }

    /// <summary>Starts to hear; returns when notifications can arrive. Waits for a bus that is away, until it is stopped or cancelled.</summary>
    public async ValueTask StartAsync(CancellationToken cancellationToken = default)
    {
        await lifecycle.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(starting.Token, cancellationToken);
            if (listener is not null || stopping)
            {
                throw new InvalidOperationException("The listener was started before; make a new one.");
            }

            listener = await transport.Connection.SubscribeAsync(subscription, ReceiveAsync, either.Token).ConfigureAwait(false);
            batchLoop = batches is null ? Task.CompletedTask : Detached.Run(() => CollectAsync(batches.Reader));
        }
        finally
        {
            lifecycle.Release();
        }
    }

    /// <summary>
    /// Takes no more notifications and waits for the handlers; after <see cref="NotificationListenerOptions.StopTimeout"/>,
    /// or when cancelled, those still running are cancelled.
    /// </summary>
    public async ValueTask StopAsync(CancellationToken cancellationToken = default)
    {
        // One that still waits for the bus to start on need not wait any longer.
        await starting.CancelAsync().ConfigureAwait(false);
        await lifecycle.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            stopping = true;
            if (listener is not null)
            {
                await listener.StopAsync(cancellationToken).ConfigureAwait(false);

                // What is held back goes to its queue now: this listener will not see it again.
                await draining.CancelAsync().ConfigureAwait(false);
                await DrainAsync(cancellationToken).ConfigureAwait(false);
                await listener.DisposeAsync().ConfigureAwait(false);
                listener = null;
            }
        }
        finally
        {
            lifecycle.Release();
        }
    }

    /// <summary>Stops as <see cref="StopAsync"/> does.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        batches?.Writer.TryComplete();
        await batchLoop.ConfigureAwait(false);
        aborted.Dispose();
        draining.Dispose();
    }

    private static void Require(
        Transport transport,
        ImmutableArray<Target> targets,
        ImmutableArray<NotificationEndpoint> endpoints,
        NotificationListenerOptions options)
    {
        string? why = null;
        if (targets.IsDefaultOrEmpty || targets.Any(target => string.IsNullOrEmpty(target.Topic)))
        {
            why = "it needs at least one target, and each must have a topic";
        }
        else if (!endpoints.Any(endpoint => endpoint.Priorities.Any()))
        {
            why = "no endpoint has a handler";
        }
        else if (options.Batch is null && endpoints.Any(endpoint => endpoint.HasBatchHandlers))
        {
            why = "an endpoint has batch handlers, but the options have no Batch";
        }
        else if (options.Batch is not null && endpoints.Any(endpoint => endpoint.HasHandlers))
        {
            why = "the options have a Batch, but an endpoint has handlers of single notifications: use OnBatch";
        }
        else if (options.AllowRequeue && !transport.Capabilities.Requeues)
        {
            why = $"AllowRequeue is set, but the driver of '{transport.Url.Driver}' cannot requeue";
        }
        else if (options.Redelivery.DeadLetterQueue is not null && !transport.Capabilities.DeadLetters)
        {
            why = $"DeadLetterQueue is set, but the driver of '{transport.Url.Driver}' has no such queues";
        }
        else if (!transport.Capabilities.Notifications)
        {
            why = $"the driver of '{transport.Url.Driver}' carries no notifications";
        }

        if (why is not null)
        {
            throw new MessagingException(MessagingErrorReason.InvalidOptions, $"Notification listener: {why}.");
        }
    }

    private async ValueTask ReceiveAsync(IncomingNotification incoming, CancellationToken cancellationToken)
    {
        try
        {
            if (batches is not null)
            {
                await batches.Writer.WriteAsync(incoming, cancellationToken).ConfigureAwait(false);
                return;
            }

            await slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Not acknowledged: the next listener gets it.
            incoming.Dispose();
            throw;
        }
        catch (ChannelClosedException)
        {
            incoming.Dispose();
            throw new OperationCanceledException(cancellationToken);
        }

        ThreadPool.UnsafeQueueUserWorkItem(new Run(this, incoming), preferLocal: false);
    }

    private async Task CollectAsync(ChannelReader<IncomingNotification> reader)
    {
        NotificationBatchOptions limits = options.Batch!;
        var batch = new List<IncomingNotification>(limits.Size);
        while (await reader.WaitToReadAsync().ConfigureAwait(false))
        {
            await FillAsync(reader, batch, limits).ConfigureAwait(false);
            await dispatcher.HandleBatchAsync(batch, draining.Token, aborted.Token).ConfigureAwait(false);
            batch.Clear();
        }
    }

    private async Task FillAsync(
        ChannelReader<IncomingNotification> reader, List<IncomingNotification> batch, NotificationBatchOptions limits)
    {
        using var complete = new CancellationTokenSource(limits.Timeout, transport.Options.TimeProvider);
        try
        {
            do
            {
                while (batch.Count < limits.Size && reader.TryRead(out IncomingNotification? incoming))
                {
                    batch.Add(incoming);
                }
            }
            while (batch.Count < limits.Size && await reader.WaitToReadAsync(complete.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The time is up: what there is, is the batch.
        }
    }

    private async Task DrainAsync(CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(options.StopTimeout, transport.Options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        batches?.Writer.TryComplete();
        try
        {
            await batchLoop.WaitAsync(either.Token).ConfigureAwait(false);
            for (int i = 0; i < options.MaxConcurrency; i++)
            {
                await slots.WaitAsync(either.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            LogAborting(options.StopTimeout.TotalSeconds);
            await aborted.CancelAsync().ConfigureAwait(false);
        }
    }

    private sealed class Run(NotificationListener owner, IncomingNotification incoming) : IThreadPoolWorkItem
    {
        public void Execute() => _ = RunAsync();

        private async Task RunAsync()
        {
            try
            {
                await owner.dispatcher.HandleAsync(incoming, owner.draining.Token, owner.aborted.Token).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                // The outermost frame of this notification: nobody else can tell.
                owner.LogBroken(error, MessageText.Name(incoming.Fields.MessageId));
            }
            finally
            {
                owner.slots.Release();
            }
        }
    }

    [LoggerMessage(1210, LogLevel.Warning, "Stopping the listener: cancelling the handlers that still run after {Seconds} s")]
    private partial void LogAborting(double seconds);

    [LoggerMessage(1211, LogLevel.Error, "Notification {MessageId} was given up")]
    private partial void LogBroken(Exception error, string messageId);
}
