using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>
/// The client's end of its calls: one queue for all replies, named and declared at the first call. A queue that is lost with its host
/// is replaced by one with another name; what is on its way to the old one is still awaited there.
/// </summary>
internal sealed partial class RabbitReplies : IAsyncDisposable
{
    // The declaration of a queue whose host is dead waits for that host, which the cluster misses only after a minute.
    private static readonly TimeSpan ReopenTimeout = TimeSpan.FromSeconds(2);

    private readonly RabbitQueueNaming naming;
    private readonly RabbitLink link;
    private readonly RabbitTopology topology;
    private readonly PendingCalls calls;
    private readonly DriverContext context;
    private readonly InboundLimits limits;
    private readonly ILogger logger;
    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly CancellationTokenSource lifetime = new();
    private readonly ConcurrentDictionary<ReplyQueue, bool> replaced = new();
    private readonly bool legacyExchange;
    private volatile TaskCompletionSource listening = New();
    private volatile ReplyQueue? queue;
    private volatile bool started;
    private int replacing;

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
    }

    /// <summary>The queue's name; empty before the first call.</summary>
    public string Queue => queue?.Name ?? "";

    /// <summary>Whether the queue was consumed once; when it survives a loss, replies reach it meanwhile.</summary>
    public bool IsStarted => started;

    /// <summary>Whether the queue is consumed now. A call that is sent when it is not may run, and nobody may hear of it.</summary>
    public bool IsListening => started && queue is { Consumer.IsListening: true };

    /// <summary>Why the queue is not consumed, in a sentence; null when that is not known.</summary>
    public string? WhyNotListening => queue?.Consumer.LastFailure;

    /// <summary>
    /// Names and declares the queue and listens, the first time: who never calls has no queue, and no number for one. Later, waits
    /// until it is consumed again.
    /// </summary>
    /// <param name="retries">How often it tries again while the bus is away; null: until it is cancelled.</param>
    /// <param name="cancellationToken">Stops trying.</param>
    public async ValueTask StartAsync(int? retries, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!started)
            {
                ReplyQueue first = queue ??= await PrepareAsync(cancellationToken).ConfigureAwait(false);
                await first.Consumer.StartAsync(retries, cancellationToken).ConfigureAwait(false);
                Watch(first);
                started = true;
            }
        }
        finally
        {
            gate.Release();
        }

        while (!IsListening)
        {
            Task again = listening.Task;
            if (!IsListening)
            {
                await again.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await lifetime.CancelAsync().ConfigureAwait(false);
        foreach (ReplyQueue old in replaced.Keys)
        {
            await EndAsync(old).ConfigureAwait(false);
        }

        if (queue is { } current)
        {
            await EndAsync(current).ConfigureAwait(false);
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async ValueTask<ReplyQueue> PrepareAsync(CancellationToken cancellationToken)
    {
        string name = await naming.ReplyAsync(cancellationToken).ConfigureAwait(false);
        QueueDeclaration declaration = topology.Reply(name);
        if (legacyExchange)
        {
            declaration = declaration with { Bindings = [(RabbitTopology.LegacyReply(name), name)] };
        }

        return new ReplyQueue(link, declaration, ReopenTimeout, delivery => Complete(delivery), context);
    }

    private ValueTask EndAsync(ReplyQueue ended) => naming.AreStable ? ended.DisposeAsync() : ended.RemoveAsync();

    private void Watch(ReplyQueue watched)
    {
        watched.Consumer.Listening += Signal;
        watched.Consumer.Stuck += () =>
        {
            if (ReferenceEquals(watched, queue) && Interlocked.Exchange(ref replacing, 1) == 0)
            {
                Detached.Begin(() => ReplaceAsync(watched));
            }
        };
    }

    private void Signal() => Interlocked.Exchange(ref listening, New()).TrySetResult();

    private async Task ReplaceAsync(ReplyQueue old)
    {
        try
        {
            ReplyQueue fresh = await PrepareAsync(lifetime.Token).ConfigureAwait(false);
            try
            {
                await fresh.Consumer.StartAsync(retries: null, lifetime.Token).ConfigureAwait(false);
            }
            catch
            {
                await fresh.DisposeAsync().ConfigureAwait(false);
                throw;
            }

            Watch(fresh);
            replaced[old] = true;
            queue = fresh;
            LogReplaced(old.Name, fresh.Name);
            Signal();
            Detached.Begin(() => RetireAsync(old));
        }
        catch (OperationCanceledException) when (lifetime.IsCancellationRequested)
        {
            // Disposed meanwhile.
        }
        catch (Exception error)
        {
            // The old one goes on trying, and asks again.
            LogNotReplaced(old.Name, error.Message);
        }
        finally
        {
            Volatile.Write(ref replacing, 0);
        }
    }

    // Servers have its name in the requests that are under way.
    private async Task RetireAsync(ReplyQueue old)
    {
        try
        {
            await Task.Delay(calls.LongestWait(), context.TimeProvider, lifetime.Token).ConfigureAwait(false);
            if (replaced.TryRemove(old, out _))
            {
                await EndAsync(old).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (lifetime.IsCancellationRequested)
        {
            // Whoever disposes ends it.
        }
        catch (Exception error)
        {
            LogNotReplaced(old.Name, error.Message);
        }
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
            LogRefused(delivery.Queue, MessageText.Sentence(error.Message));
        }
    }

    private static bool IsNull(ReadOnlyMemory<byte> result) => result.IsEmpty || result.Span.SequenceEqual("null"u8);

    [LoggerMessage(2051, LogLevel.Debug, "Reply to {CallId} came when nobody waited for it any more")]
    private partial void LogLate(MessageId callId);

    [LoggerMessage(2052, LogLevel.Warning, "A reply on {Queue} was refused: {Reason}")]
    private partial void LogRefused(string queue, string reason);

    [LoggerMessage(2054, LogLevel.Warning, "Reply queue {Old} does not come back: replies to further calls go to {Fresh}")]
    private partial void LogReplaced(string old, string fresh);

    [LoggerMessage(2055, LogLevel.Warning, "Reply queue {Queue} could not be replaced or removed: {Reason}")]
    private partial void LogNotReplaced(string queue, string reason);
}
