using System.Collections.Immutable;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>A transport on RabbitMQ: one connection that sends, one that receives, both made when first needed.</summary>
internal sealed class RabbitConnection : IMessagingConnection
{
    private readonly DriverContext context;
    private readonly RabbitMqOptions options;
    private readonly RabbitTopology topology;
    private readonly RabbitLink sendLink;
    private readonly RabbitLink listenLink;
    private readonly RabbitPublisher publisher;
    private readonly RabbitReplySender replySender;
    private readonly RabbitQueueNaming naming;
    private readonly PendingCalls calls;
    private readonly RabbitReplies replies;
    private volatile bool disposed;

    public RabbitConnection(TransportUrl url, RabbitMqOptions options, DriverContext context)
    {
        this.context = context;
        this.options = options;
        topology = new RabbitTopology(options.Queues);
        naming = new RabbitQueueNaming(options.Queues, context.TimeProvider);
        var connector = new RabbitConnector(url, options, context);
        sendLink = new RabbitLink(connector, "send", context);
        listenLink = new RabbitLink(connector, "listen", context);
        connector.HostLost += (endpoint, by) => (by == sendLink ? listenLink : sendLink).Suspect(endpoint);
        publisher = new RabbitPublisher(sendLink, options.Publishing, context);
        replySender = new RabbitReplySender(publisher, options.Publishing, context);
        calls = new PendingCalls(context.TimeProvider, item => publisher.WhyUnanswered((PublishItem)item));
        replies = new RabbitReplies(naming, listenLink, topology, options, calls, context);
    }

    public ValueTask ConnectAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return publisher.ConnectAsync(cancellationToken);
    }

    public ValueTask<IncomingReply> CallAsync(OutgoingRequest request, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, this);

        // Who asks for no second attempt is told at once when there is no connection.
        return replies.IsListening || (replies.IsStarted && request.Retry is >= 0)
            ? Call(request, cancellationToken)
            : StartAndCallAsync(request, cancellationToken);
    }

    public ValueTask CastAsync(OutgoingRequest request, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        PublishItem item = Item(request, callId: null, cancellationToken);
        return Post(item, cancellationToken);
    }

    public ValueTask NotifyAsync(OutgoingNotification notification, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        string exchange = Exchange(notification.Target);
        QueueDeclaration queue = topology.Notifications(exchange, notification.Target.Topic!, notification.Priority);
        PooledBuffer body = OutgoingMessage.Write(
            notification, static (message, writer) => message.Write(writer, MessageId.Create()), notification.Enveloped, notification.Context.Count,
            context.Limits, "notification", notification.EventType);
        var item = new PublishItem
        {
            Exchange = exchange,
            RoutingKey = queue.Name,
            Body = RabbitContent.Compress(body, options.Publishing.Compression),
            Properties = RabbitProperties.Of(options.Publishing.Compression, notification.Trace),
            DeclaresQueue = queue,
            MayRepeat = options.Publishing.ResendUnconfirmed != RabbitResend.Never,
            AttemptsLeft = Attempts(notification.Retry),
        };
        return Post(item, cancellationToken);
    }

    public async ValueTask<IMessageListener> ListenAsync(
        Target target, Func<IncomingRequest, CancellationToken, ValueTask> receive, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        string exchange = Exchange(target);
        QueueDeclaration fanout = options.Queues.StreamFanout
            ? topology.FanoutStream(target.Topic!)
            : topology.FanoutQueue(target.Topic!, await naming.FanoutAsync(target.Topic!, cancellationToken).ConfigureAwait(false));
        ImmutableArray<QueueDeclaration> queues =
        [
            topology.Topic(exchange, target.Topic!),
            topology.Topic(exchange, $"{target.Topic}.{target.Server}"),
            fanout,
        ];
        var listener = new RabbitRpcListener(
            receive, replySender, naming.AreStable || fanout.Position is not null ? null : fanout.Name, context);
        await listener.StartAsync(new RabbitConsumer(listenLink, queues, options.Prefetch, listener.ReceiveAsync, context), cancellationToken)
            .ConfigureAwait(false);
        return listener;
    }

    public async ValueTask<IMessageListener> SubscribeAsync(
        NotificationSubscription subscription,
        Func<IncomingNotification, CancellationToken, ValueTask> receive,
        CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        (string Exchange, string Key)[] keys =
        [
            .. subscription.Targets.SelectMany(target => subscription.Priorities.Select(
                priority => (Exchange(target), $"{target.Topic}.{priority.QueueName()}"))).Distinct(),
        ];
        ImmutableArray<QueueDeclaration> queues = subscription.Pool is { } pool
            ? [topology.Pool(pool, keys)]
            : [.. keys.Select(key => topology.Topic(key.Exchange, key.Key))];

        // A prefetch below the batch's size would keep it from ever being complete.
        int prefetch = options.Prefetch == 0 ? 0 : Math.Max(options.Prefetch, Math.Min(subscription.BatchSize, ushort.MaxValue));
        var listener = new RabbitNotificationListener(receive, DeadLetter, context);
        await listener.StartAsync(new RabbitConsumer(listenLink, queues, prefetch, listener.ReceiveAsync, context), cancellationToken)
            .ConfigureAwait(false);
        return listener;
    }

    public async ValueTask DisposeAsync()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        await replySender.DisposeAsync().ConfigureAwait(false);
        await publisher.DisposeAsync().ConfigureAwait(false);
        await replies.DisposeAsync().ConfigureAwait(false);
        calls.FailAll(static () => new MessageDeliveryException(
            MessagingErrorReason.ConnectionLost, "The transport was disposed while the call waited for its reply."));
        calls.Dispose();
        await sendLink.DisposeAsync().ConfigureAwait(false);
        await listenLink.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<IncomingReply> StartAndCallAsync(OutgoingRequest request, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(request.Timeout, context.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await replies.StartAsync(Attempts(request.Retry), either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new MessagingTimeoutException(
                $"'{request.Method}' could not be called within {request.Timeout.TotalSeconds:0.###} s: "
                + (replies.WhyNotListening ?? $"{listenLink.Endpoint} cannot be reached. The log says why."));
        }
        catch (Exception error) when (disposed && RabbitErrors.IsFromClient(error))
        {
            throw new MessageDeliveryException(
                MessagingErrorReason.ConnectionLost, $"The transport was disposed before '{MessageText.Name(request.Method)}' was called.", error);
        }

        return await Call(request, cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<IncomingReply> Call(OutgoingRequest request, CancellationToken cancellationToken)
    {
        MessageId id = MessageId.Create();
        PublishItem item = Item(request, id, cancellationToken);
        ValueTask<IncomingReply> reply = calls.Add(id, request, cancellationToken, item);
        publisher.Post(item);
        return reply;
    }

    private ValueTask Post(PublishItem item, CancellationToken cancellationToken)
    {
        item.Observe(cancellationToken);
        ValueTask task = item.Task;
        publisher.Post(item);
        return task;
    }

    private PublishItem Item(OutgoingRequest request, MessageId? callId, CancellationToken cancellationToken)
    {
        Target target = request.Target;
        ExchangeDeclaration exchange = target.Fanout ? topology.Fanout(target.Topic!) : topology.Control(Exchange(target));
        RabbitCompression compression = options.Publishing.Compression;
        PooledBuffer body = OutgoingMessage.Write(
            (request, callId, queue: callId is null ? null : replies.Queue),
            static (message, writer) => message.request.Write(writer, message.callId, message.queue, MessageId.Create()),
            enveloped: true, request.Context.Count, context.Limits, "request for", request.Method);
        return new PublishItem
        {
            Exchange = exchange.Name,
            RoutingKey = target.Fanout ? "" : target.Server is null ? target.Topic! : $"{target.Topic}.{target.Server}",
            Body = RabbitContent.Compress(body, compression),
            Properties = callId is null ? RabbitProperties.Of(compression, request.Trace) : RabbitProperties.For(request.Timeout, compression, request.Trace),
            DeclaresExchange = exchange,
            Mandatory = request.Mandatory,
            MayRepeat = options.Publishing.ResendUnconfirmed == RabbitResend.Everything,
            AttemptsLeft = Attempts(request.Retry),
            CallId = callId ?? default,
            FailsWhenUnconfirmed = request.FailWhenUnconfirmed || request.Retry == 0,
            Cancelled = cancellationToken,
            Deadline = callId is null
                ? long.MaxValue
                : context.TimeProvider.GetTimestamp() + (long)(request.Timeout.TotalSeconds * context.TimeProvider.TimestampFrequency),
            OnFailed = callId is null ? null : OnCallFailed,
        };
    }

    private void OnCallFailed(PublishItem item, Exception error)
    {
        // It may have arrived, and its reply may come yet: the call waits for it until its deadline, unless it is told not to.
        if (error is not MessagingException { Reason: MessagingErrorReason.Unconfirmed or MessagingErrorReason.Timeout }
            || (item.FailsWhenUnconfirmed && error is not MessagingTimeoutException))
        {
            calls.TryFail(item.CallId, error);
        }
    }

    /// <summary>Puts a notification that was received into another queue; completes when the broker has it there.</summary>
    private ValueTask DeadLetter(string queue, ReadOnlyMemory<byte> message, TraceContext trace)
    {
        PooledBuffer body = PooledBuffer.Rent(message.Length + (message.Length / 4) + 64);
        OsloEnvelope.Write(body, message.Span);
        var item = new PublishItem
        {
            Exchange = "",
            RoutingKey = queue,
            Body = RabbitContent.Compress(body, options.Publishing.Compression),
            Properties = RabbitProperties.Of(options.Publishing.Compression, trace),
            DeclaresQueue = topology.DeadLetters(queue),
            Mandatory = true,

            // Twice there is better than nowhere.
            MayRepeat = true,
        };
        return Post(item, CancellationToken.None);
    }

    // Null: no limit.
    private static int? Attempts(int? retry) => retry is >= 0 ? retry : null;

    private string Exchange(Target target) => target.Exchange ?? context.ControlExchange;
}
