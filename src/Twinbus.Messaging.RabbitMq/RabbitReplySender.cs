using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>
/// Sends replies to their callers' queues. A queue that is missing may come back with its client: the reply is tried again
/// for a while, then the queue counts as gone and further replies to it are dropped at once.
/// </summary>
internal sealed partial class RabbitReplySender : IAsyncDisposable
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(250);
    private const int MaxGone = 200;

    private readonly RabbitPublisher publisher;
    private readonly RabbitPublishOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly ConcurrentDictionary<string, long> gone = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<PublishItem, long> firstTries = new(ReferenceEqualityComparer.Instance);
    private readonly CancellationTokenSource lifetime = new();

    public RabbitReplySender(RabbitPublisher publisher, RabbitPublishOptions options, DriverContext context)
    {
        this.publisher = publisher;
        this.options = options;
        time = context.TimeProvider;
        logger = context.Logger;
    }

    /// <summary>Hands a reply over. What becomes of it is logged; nobody waits for that.</summary>
    public void Send(string queue, string callId, in Payload result, string? failure, bool ending)
    {
        if (gone.TryGetValue(queue, out long since))
        {
            if (time.GetElapsedTime(since) < options.MissingReplyQueueTimeout)
            {
                LogGone(callId, queue);
                return;
            }

            gone.TryRemove(queue, out _);
        }

        MessageId uniqueId = MessageId.Create();
        PooledBuffer message = PooledBuffer.Rent();
        PooledBuffer? body = null;
        try
        {
            RpcReplyFields.Write(message.BeginJson(), result, failure, ending, callId, uniqueId);
            body = PooledBuffer.Rent(message.WrittenSpan.Length + (message.WrittenSpan.Length / 4) + 64);
            OsloEnvelope.Write(body, message.WrittenSpan);
        }
        finally
        {
            message.Dispose();
        }

        publisher.Post(Item(queue, body, uniqueId));
    }

    public async ValueTask DisposeAsync() => await lifetime.CancelAsync().ConfigureAwait(false);

    private PublishItem Item(string queue, PooledBuffer body, MessageId uniqueId) => new()
    {
        Exchange = "",
        RoutingKey = queue,
        Body = body,
        Properties = RabbitProperties.Plain,
        Mandatory = options.MandatoryReplies,
        UniqueId = uniqueId,

        // A second copy of a reply finds nobody waiting for it: sending it again is safe.
        MayRepeat = true,
        OnFailed = OnFailed,
    };

    private void OnFailed(PublishItem item, Exception error)
    {
        long first = firstTries.TryRemove(item, out long started) ? started : time.GetTimestamp();
        if (error is not MessageUndeliverableException || lifetime.IsCancellationRequested)
        {
            LogLost(item.RoutingKey, error.Message);
            return;
        }

        if (time.GetElapsedTime(first) >= options.MissingReplyQueueTimeout)
        {
            LogGivenUp(item.RoutingKey, options.MissingReplyQueueTimeout.TotalSeconds);
            if (gone.Count < MaxGone)
            {
                gone[item.RoutingKey] = time.GetTimestamp();
            }

            return;
        }

        // The buffer is the publisher's; the next try needs its own.
        PooledBuffer copy = PooledBuffer.Rent(item.Body.WrittenSpan.Length);
        copy.Write(item.Body.WrittenSpan);
        PublishItem again = Item(item.RoutingKey, copy, item.UniqueId);
        firstTries[again] = first;
        _ = PostLaterAsync(again);
    }

    private async Task PostLaterAsync(PublishItem item)
    {
        await Task.Delay(RetryInterval, time, lifetime.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        publisher.Post(item);
    }

    [LoggerMessage(2061, LogLevel.Warning, "Reply to {CallId} dropped: its queue {Queue} is gone")]
    private partial void LogGone(string callId, string queue);

    [LoggerMessage(2062, LogLevel.Warning, "A reply for {Queue} was given up: the queue was missing for {Seconds} s")]
    private partial void LogGivenUp(string queue, double seconds);

    [LoggerMessage(2063, LogLevel.Warning, "A reply for {Queue} was lost: {Reason}")]
    private partial void LogLost(string queue, string reason);
}
