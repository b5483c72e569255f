using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Rpc;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>
/// Sends replies to their callers' queues. A queue that is missing may come back with its client: the reply is tried again
/// for a while, then the queue counts as gone and further replies to it are dropped at once.
/// </summary>
internal sealed partial class RabbitReplySender : IAsyncDisposable
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(250);

    // Instead of the time of a first try.
    private const long NeverAgain = long.MinValue;

    // What Python's clients know: a RemoteError that names it, or the class itself where its module is allowed.
    private const string FailureModule = "oslo_messaging.exceptions";
    private const string FailureClass = "MessageDeliveryFailure";

    private readonly RabbitPublisher publisher;
    private readonly RabbitPublishOptions options;
    private readonly TimeProvider time;
    private readonly InboundLimits limits;
    private readonly ILogger logger;
    private readonly GoneQueues gone;
    private readonly BasicProperties properties;
    private readonly CancellationTokenSource lifetime = new();

    public RabbitReplySender(RabbitPublisher publisher, RabbitPublishOptions options, DriverContext context)
    {
        this.publisher = publisher;
        this.options = options;
        time = context.TimeProvider;
        logger = context.Logger;
        limits = context.Limits;
        gone = new GoneQueues(time);
        properties = RabbitProperties.Of(options.Compression);
    }

    /// <summary>Hands a reply over. What becomes of it is logged; nobody waits for that.</summary>
    /// <exception cref="MessageDeliveryException">It is beyond the limits.</exception>
    public void Send(in RpcRequestFields request, in Payload result, string? failure, bool ending)
    {
        string queue = request.ReplyQueue!;
        if (gone.Contains(queue))
        {
            LogGone(MessageText.Name(request.CallId), MessageText.Name(queue));
            return;
        }

        PooledBuffer body = Body(request.CallId!, request.Method, result, failure, ending);

        // A heartbeat is worth nothing later: the next one comes by itself, and so does the end of the call.
        publisher.Post(Item(queue, body, ending ? request.CallId : null, ending ? null : NeverAgain));
    }

    public async ValueTask DisposeAsync() => await lifetime.CancelAsync().ConfigureAwait(false);

    private PooledBuffer Body(string callId, string method, in Payload result, string? failure, bool ending) => RabbitContent.Compress(
        OutgoingMessage.Write(
            (result, failure, ending, callId),
            static (reply, writer) => RpcReplyFields.Write(writer, reply.result, reply.failure, reply.ending, reply.callId, MessageId.Create()),
            enveloped: true, contextEntries: 0, limits, "reply of", method),
        options.Compression);

    private PublishItem Item(string queue, PooledBuffer body, string? ends, long? firstTried) => new()
    {
        Exchange = "",
        RoutingKey = queue,
        Body = body,
        Properties = properties,
        Mandatory = options.MandatoryReplies,

        // A second copy of a reply finds nobody waiting for it: sending it again is safe.
        MayRepeat = true,
        AttemptsLeft = options.ReplyRetryAttempts >= 0 ? options.ReplyRetryAttempts : null,
        FirstTried = firstTried,
        Ends = ends,
        OnFailed = OnFailed,
    };

    private void OnFailed(PublishItem item, Exception error)
    {
        if (error is MessagingException { Reason: MessagingErrorReason.MessageTooLarge } && item.Ends is { } callId)
        {
            // Its caller waits for an end; this one is small, and there is none for it in its turn.
            LogTooLarge(MessageText.Name(callId), error.Message);
            RpcFailure failure = new RpcFailureException(FailureClass, $"The method ran, and its reply was not sent. {error.Message}", FailureModule).Failure;
            publisher.Post(Item(item.RoutingKey, Body(callId, "", default, failure.ToJson(), ending: true), ends: null, firstTried: null));
            return;
        }

        long first = item.FirstTried ?? time.GetTimestamp();
        if (error is not MessageUndeliverableException || first == NeverAgain || lifetime.IsCancellationRequested)
        {
            LogLost(MessageText.Name(item.RoutingKey), error.Message);
            return;
        }

        if (time.GetElapsedTime(first) >= options.MissingReplyQueueTimeout)
        {
            LogGivenUp(MessageText.Name(item.RoutingKey), options.MissingReplyQueueTimeout.TotalSeconds);
            gone.Add(item.RoutingKey);
            return;
        }

        // The buffer is the publisher's; the next try needs its own.
        PooledBuffer copy = PooledBuffer.Rent(item.Body.WrittenSpan.Length);
        copy.Write(item.Body.WrittenSpan);
        _ = PostLaterAsync(Item(item.RoutingKey, copy, item.Ends, first));
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

    [LoggerMessage(2064, LogLevel.Error, "The reply to {CallId} becomes a failure: {Reason}")]
    private partial void LogTooLarge(string callId, string reason);

    [LoggerMessage(2063, LogLevel.Warning, "A reply for {Queue} was lost: {Reason}")]
    private partial void LogLost(string queue, string reason);
}
