using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Twinbus.Messaging.Diagnostics;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.Rpc;

/// <summary>
/// Serves the endpoints' methods on a topic: requests for any server of the topic, for this server by name, and for all
/// servers (fanout). Each request is acknowledged before its method runs, so that it runs once. Two things can still run it again: a
/// broker that dies between the acknowledgement and its record, which marks the second delivery
/// (<see cref="RpcRequest.Redelivered"/>, <see cref="RpcServerOptions.RefuseRedelivered"/>), and a caller that sends it again.
/// </summary>
public sealed partial class RpcServer : IAsyncDisposable
{
    private readonly Transport transport;
    private readonly RpcServerOptions options;
    private readonly RpcDispatcher dispatcher;
    private readonly SemaphoreSlim slots;
    private readonly ILogger logger;
    private readonly CancellationTokenSource aborted = new();
    private readonly CancellationTokenSource starting = new();
    private readonly SemaphoreSlim lifecycle = new(1, 1);
    private IMessageListener? listener;
    private bool stopping;

    /// <summary>Makes a server; it serves from <see cref="StartAsync"/> on.</summary>
    /// <param name="transport">The bus; it must outlive the server.</param>
    /// <param name="target">Has a topic and a server name, unique among the topic's servers.</param>
    /// <param name="endpoints">Asked in order; the first that fits a request serves it.</param>
    /// <param name="options">How it runs. Null: the defaults.</param>
    /// <exception cref="MessagingException">The target lacks a topic or a server, or an option is out of range.</exception>
    public RpcServer(
        Transport transport, Target target, ImmutableArray<RpcEndpoint> endpoints, RpcServerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(transport);
        ArgumentNullException.ThrowIfNull(target);
        if (string.IsNullOrEmpty(target.Topic) || string.IsNullOrEmpty(target.Server))
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidTarget,
                $"A server's target must have both topic and server names specified; the target is {target}.");
        }

        this.transport = transport;
        this.options = options ?? new RpcServerOptions();
        this.options.Validate();
        Target = target;
        logger = transport.Options.LoggerFactory.CreateLogger<RpcServer>();
        dispatcher = new RpcDispatcher(transport, endpoints, this.options, logger);
        slots = new SemaphoreSlim(this.options.MaxConcurrency);
    }

    /// <summary>What it serves.</summary>
    public Target Target { get; }

    /// <summary>Starts to serve; returns when requests can arrive. Waits for a bus that is away, until it is stopped or cancelled.</summary>
    public async ValueTask StartAsync(CancellationToken cancellationToken = default)
    {
        await lifecycle.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(starting.Token, cancellationToken);
            if (listener is not null || stopping)
            {
                throw new InvalidOperationException($"The server for {Target} was started before; make a new one.");
            }

            listener = await transport.Connection.ListenAsync(Target, ReceiveAsync, either.Token).ConfigureAwait(false);
            LogServing(Target);
        }
        finally
        {
            lifecycle.Release();
        }
    }

    /// <summary>
    /// Takes no more requests, gives back those that nobody has begun with, and waits for those that run and their replies; after
    /// <see cref="RpcServerOptions.StopTimeout"/>, or when cancelled, what still runs is cancelled.
    /// </summary>
    public async ValueTask StopAsync(CancellationToken cancellationToken = default)
    {
        // One that still waits for the bus to start on need not wait any longer.
        await starting.CancelAsync().ConfigureAwait(false);
        await lifecycle.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            stopping = true;
            if (listener is null)
            {
                return;
            }

            await listener.StopAsync(cancellationToken).ConfigureAwait(false);
            await DrainAsync(cancellationToken).ConfigureAwait(false);
            await listener.DisposeAsync().ConfigureAwait(false);
            listener = null;
            LogStopped(Target);
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
        aborted.Dispose();
    }

    private async ValueTask ReceiveAsync(IncomingRequest request, CancellationToken cancellationToken)
    {
        try
        {
            await slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            request.Dispose();
            throw;
        }

        try
        {
            await request.AcknowledgeAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is MessagingException or OperationCanceledException)
        {
            // Unacknowledged, it will be delivered again: running it now could run it twice.
            LogNotAcknowledged(MessageText.Name(request.Fields.Method), error.Message);
            request.Dispose();
            slots.Release();
            return;
        }
        catch
        {
            // Unforeseen; the driver settles it. One such must not cost a slot for good.
            slots.Release();
            throw;
        }

        var run = new Run(this, request);
        if (options.StartInline)
        {
            run.Execute();
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(run, preferLocal: false);
        }
    }

    private async Task DrainAsync(CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(options.StopTimeout, transport.Options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            for (int i = 0; i < options.MaxConcurrency; i++)
            {
                await slots.WaitAsync(either.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            LogAborting(Target, options.StopTimeout.TotalSeconds);
            await aborted.CancelAsync().ConfigureAwait(false);
        }
    }

    private sealed class Run(RpcServer server, IncomingRequest request) : IThreadPoolWorkItem
    {
        public void Execute() => _ = RunAsync();

        private async Task RunAsync()
        {
            MessagingSpan? span = null;
            try
            {
                span = MessagingSpan.StartProcess(server.transport, server.Target, request);
                await server.dispatcher.RunAsync(request, server.aborted.Token).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                // The outermost frame of this request: nobody else can tell.
                span?.Failed(error);
                server.LogBroken(error, MessageText.Name(request.Fields.Method));
            }
            finally
            {
                request.Dispose();
                server.slots.Release();
                span?.Dispose();
            }
        }
    }

    [LoggerMessage(1001, LogLevel.Information, "Serving {Target}")]
    private partial void LogServing(Target target);

    [LoggerMessage(1002, LogLevel.Information, "Stopped serving {Target}")]
    private partial void LogStopped(Target target);

    [LoggerMessage(1003, LogLevel.Warning, "Stopping {Target}: cancelling what still runs after {Seconds} s")]
    private partial void LogAborting(Target target, double seconds);

    [LoggerMessage(1005, LogLevel.Error, "Request for {Method} was given up")]
    private partial void LogBroken(Exception error, string method);

    [LoggerMessage(1004, LogLevel.Warning, "Request for {Method} left to redelivery, its acknowledgement failed: {Reason}")]
    private partial void LogNotAcknowledged(string method, string reason);
}
