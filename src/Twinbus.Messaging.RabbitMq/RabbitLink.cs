using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using Twinbus.Messaging.Drivers;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>
/// One AMQP connection that is made again when it is lost. There are two in a transport, one that sends and one that
/// receives: a broker under a memory alarm stops reading from senders, and must not stop acknowledgements with them.
/// </summary>
internal sealed partial class RabbitLink(RabbitConnector connector, string purpose, DriverContext context) : IAsyncDisposable
{
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AbortTimeout = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly ILogger logger = context.Logger;
    private IConnection? connection;
    private TaskCompletionSource? unblocked;
    private SilenceWatch? watch;
    private bool wasConnected;
    private volatile bool disposed;

    /// <summary>The address that is connected, or all of them.</summary>
    public string Endpoint => connection is { IsOpen: true } open ? RabbitConnector.EndpointOf(open) : connector.Endpoints;

    /// <summary>Told of a connection that is given up, with the reason: what runs on it may never be told by the client.</summary>
    public event Action<IConnection, string>? GivenUp;

    /// <summary>Whether a connection is the one in use, and was not given up.</summary>
    public bool IsCurrent(IConnection one) => ReferenceEquals(connection, one);

    /// <summary>The broker has said something on this link.</summary>
    public void Heard() => watch?.Heard();

    /// <summary>Completes when the broker takes messages again; null when it does.</summary>
    public Task? Unblocked => Volatile.Read(ref unblocked)?.Task;

    /// <summary>Whether its transport is gone, and no connection will be made any more.</summary>
    public bool IsDisposed => disposed;

    /// <summary>Why the broker takes no messages, as a part of a sentence; null when it does.</summary>
    public string? WhyBlocked { get; private set; }

    /// <summary>Told why the broker takes no messages from now on.</summary>
    public event Action<string>? Blocked;

    /// <summary>How long to wait before the given attempt at something that failed before, the first being 1.</summary>
    public TimeSpan DelayOf(int attempt) => connector.Delay(attempt);

    /// <summary>The open connection; made, with one attempt at each host, when there is none.</summary>
    /// <exception cref="TransportConnectionException">No host can be used.</exception>
    public async ValueTask<IConnection> GetAsync(CancellationToken cancellationToken)
    {
        if (connection is { IsOpen: true } open)
        {
            return open;
        }

        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (connection is { IsOpen: true } other)
            {
                return other;
            }

            LetGo();
            // The client's loops keep the execution context that they are begun in for as long as the connection lives.
            IConnection made = await Detached.Run(() => connector.OpenAsync(purpose, cancellationToken).AsTask()).ConfigureAwait(false);
            Watch(made);

            // By the machine's clock: how long a network takes does not depend on what an application calls time.
            watch = connector.Silence > TimeSpan.Zero
                ? new SilenceWatch(made, connector.Silence, TimeProvider.System, () => Unblocked is not null, why => Detached.Begin(() => AbandonAsync(made, why)))
                : null;
            connection = made;
            wasConnected = true;
            return made;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Gives up a connection that has become useless; the next one is to another host, when there is one.</summary>
    public async Task AbandonAsync(IConnection useless, string reason)
    {
        // However long it takes to end, nobody waits for it again: neither the next connection nor our own end.
        if (!ReferenceEquals(Interlocked.CompareExchange(ref connection, null, useless), useless))
        {
            return;
        }

        string endpoint = RabbitConnector.EndpointOf(useless);
        LogAbandoned(endpoint, reason);
        watch?.Dispose();
        connector.MoveOnFrom(endpoint, this);
        Unblock();
        GivenUp?.Invoke(useless, reason);
        try
        {
            await useless.AbortAsync(AbortTimeout).WaitAsync(AbortTimeout * 2, context.TimeProvider, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception error) when (RabbitErrors.IsFromClient(error) || error is OperationCanceledException)
        {
            // It is being thrown away: how it ends is of no interest.
            LogDropped(error.Message);
        }

        _ = DropAsync(useless);
    }

    /// <summary>Another link has lost its connection to this host: what holds for that one may hold for ours.</summary>
    public void Suspect(string endpoint)
    {
        if (connection is { IsOpen: true } open && RabbitConnector.EndpointOf(open) == endpoint)
        {
            watch?.Suspect();
        }
    }

    /// <summary>Waits before the given attempt to connect: a little before the first after a loss, longer before each next.</summary>
    public async ValueTask DelayAsync(int attempt, CancellationToken cancellationToken)
    {
        if (attempt > 0 || (wasConnected && connection is not { IsOpen: true }))
        {
            await Task.Delay(connector.Delay(attempt), context.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (!disposed)
            {
                disposed = true;
                watch?.Dispose();
                if (Interlocked.Exchange(ref connection, null) is { } old)
                {
                    await DropAsync(old).WaitAsync(CloseTimeout, context.TimeProvider, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
        }
        finally
        {
            gate.Release();
        }
    }

    private void Watch(IConnection made)
    {
        made.ConnectionBlockedAsync += (_, args) =>
        {
            WhyBlocked = Alarm(args.Reason);
            Interlocked.CompareExchange(ref unblocked, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null);
            LogBlocked(Endpoint, WhyBlocked);
            Blocked?.Invoke(WhyBlocked);
            context.Blocked?.Invoke(new PublishersBlocked(Endpoint, Alarm(args.Reason)));
            return Task.CompletedTask;
        };
        made.ConnectionUnblockedAsync += (_, _) =>
        {
            LogUnblocked(Endpoint);
            Unblock();
            context.Blocked?.Invoke(new PublishersBlocked(Endpoint, null));
            return Task.CompletedTask;
        };
        made.ConnectionShutdownAsync += (_, args) =>
        {
            if (args.Initiator != ShutdownInitiator.Application)
            {
                string endpoint = RabbitConnector.EndpointOf(made);
                LogLost(endpoint, $"{args.ReplyCode} {args.ReplyText}");
                connector.MoveOnFrom(endpoint, this);
            }

            if (connection is not { } current || ReferenceEquals(current, made))
            {
                Unblock();
            }

            return Task.CompletedTask;
        };
    }

    private void Unblock()
    {
        WhyBlocked = null;
        Interlocked.Exchange(ref unblocked, null)?.TrySetResult();
    }

    // "low on memory", "low on disk", or both with an ampersand.
    private static string Alarm(string reason)
    {
        string alarms = (reason.Contains("memory", StringComparison.Ordinal), reason.Contains("disk", StringComparison.Ordinal)) switch
        {
            (true, true) => "memory and disk alarms",
            (true, false) => "memory alarm",
            (false, true) => "disk alarm",
            _ => "alarm",
        };
        return $"{alarms} ({reason})";
    }

    // A dead connection is nobody's concern: over a network that was cut its disposal can wait for ever.
    private void LetGo()
    {
        watch?.Dispose();
        if (Interlocked.Exchange(ref connection, null) is { } old)
        {
            _ = DropAsync(old);
        }
    }

    private async Task DropAsync(IConnection old)
    {
        try
        {
            if (old.IsOpen)
            {
                await old.CloseAsync(CloseTimeout).ConfigureAwait(false);
            }

            await old.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (RabbitErrors.IsFromClient(error))
        {
            // It is being thrown away: how it ends is of no interest.
            LogDropped(error.Message);
        }
    }

    [LoggerMessage(2011, LogLevel.Warning, "The broker at {Endpoint} blocks all publishers: {Reason}")]
    private partial void LogBlocked(string endpoint, string reason);

    [LoggerMessage(2012, LogLevel.Information, "RabbitMQ at {Endpoint} takes messages again")]
    private partial void LogUnblocked(string endpoint);

    [LoggerMessage(2013, LogLevel.Warning, "Connection to RabbitMQ at {Endpoint} lost: {Reason}")]
    private partial void LogLost(string endpoint, string reason);

    [LoggerMessage(2015, LogLevel.Warning, "Giving up the connection to RabbitMQ at {Endpoint}: {Reason}")]
    private partial void LogAbandoned(string endpoint, string reason);

    [LoggerMessage(2014, LogLevel.Debug, "While dropping a connection: {Reason}")]
    private partial void LogDropped(string reason);
}
