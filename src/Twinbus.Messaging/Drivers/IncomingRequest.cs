using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.Drivers;

/// <summary>A request that a driver received. Whoever got it acknowledges it, answers it and disposes it, once.</summary>
public abstract class IncomingRequest : IDisposable
{
    private readonly InboundLimits limits;
    private PooledBuffer? message;
    private MessageContext? context;

    /// <summary>Takes over the buffer with the request, which has no envelope any more.</summary>
    protected IncomingRequest(PooledBuffer message, in RpcRequestFields fields, InboundLimits limits)
    {
        this.message = message;
        this.limits = limits;
        Fields = fields;
    }

    /// <summary>The request's fields; its slices live until it is disposed.</summary>
    public RpcRequestFields Fields { get; }

    /// <summary>The request context, read on first use.</summary>
    public virtual MessageContext Context
    {
        get
        {
            ObjectDisposedException.ThrowIf(message is null, this);
            return context ??= Fields.HasContext ? JsonFields.ReadContext(message.WrittenMemory, limits) : MessageContext.Empty;
        }
    }

    /// <summary>The trace that the caller belongs to; empty when it sent none, or the driver carries none.</summary>
    public virtual TraceContext Trace => default;

    /// <summary>Whether a caller waits for a reply.</summary>
    public abstract bool ExpectsReply { get; }

    /// <summary>
    /// Whether the bus delivered it before. Whoever had it then may have run it: a broker that dies between an acknowledgement and its
    /// record delivers it again. One that was only held, by a server that stopped or died, comes again with the same mark.
    /// </summary>
    public virtual bool Redelivered => false;

    /// <summary>Tells the broker that this process has it. Called before the method runs, so that a server's death does not run it again.</summary>
    public abstract ValueTask AcknowledgeAsync(CancellationToken cancellationToken);

    /// <summary>Answers. A heartbeat (<paramref name="ending"/> false) may come several times, the end once.</summary>
    /// <param name="result">The result; null with a failure or a heartbeat.</param>
    /// <param name="failure">The failure's JSON text; null for success.</param>
    /// <param name="ending">Whether this ends the call.</param>
    /// <param name="cancellationToken">Stops waiting; the reply may be on its way.</param>
    public abstract ValueTask ReplyAsync(Payload result, string? failure, bool ending, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        Interlocked.Exchange(ref message, null)?.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>A notification that a driver received. Whoever got it acknowledges or requeues it, and disposes it, once.</summary>
public abstract class IncomingNotification : IDisposable
{
    private readonly InboundLimits limits;
    private PooledBuffer? message;
    private MessageContext? context;

    /// <summary>Takes over the buffer with the notification, which has no envelope any more.</summary>
    protected IncomingNotification(PooledBuffer message, in NotificationFields fields, InboundLimits limits)
    {
        this.message = message;
        this.limits = limits;
        Fields = fields;
    }

    /// <summary>The notification's fields; its slices live until it is disposed.</summary>
    public NotificationFields Fields { get; }

    /// <summary>What it was sent by: <c>topic.priority</c>.</summary>
    public abstract string RoutingKey { get; }

    /// <summary>The topic that it was sent to.</summary>
    public string Topic => RoutingKey.LastIndexOf('.') is > 0 and var dot ? RoutingKey[..dot] : RoutingKey;

    /// <summary>The request context, read on first use.</summary>
    public virtual MessageContext Context
    {
        get
        {
            ObjectDisposedException.ThrowIf(message is null, this);
            return context ??= Fields.HasContext ? JsonFields.ReadContext(message.WrittenMemory, limits) : MessageContext.Empty;
        }
    }

    /// <summary>The trace that the publisher belongs to; empty when it sent none, or the driver carries none.</summary>
    public virtual TraceContext Trace => default;

    /// <summary>How often it was delivered before, as far as the bus tells: some tell only that it was, which is 1.</summary>
    public virtual int DeliveryCount => 0;

    /// <summary>The notification without its envelope, until it is disposed.</summary>
    protected internal ReadOnlyMemory<byte> Message => message?.WrittenMemory ?? default;

    /// <summary>Tells the broker that it has been handled.</summary>
    public abstract ValueTask AcknowledgeAsync(CancellationToken cancellationToken);

    /// <summary>Gives it back to its queue, to be delivered again.</summary>
    public abstract ValueTask RequeueAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Puts it into another queue, and acknowledges it when the bus has it there; for drivers with
    /// <see cref="DriverCapabilities.DeadLetters"/>.
    /// </summary>
    /// <exception cref="MessagingException">It is not there, and not acknowledged.</exception>
    public virtual ValueTask DeadLetterAsync(string queue, CancellationToken cancellationToken) =>
        throw new MessagingException(MessagingErrorReason.NotSupported, "This driver has no dead-letter queues.");

    /// <inheritdoc/>
    public void Dispose()
    {
        Interlocked.Exchange(ref message, null)?.Dispose();
        GC.SuppressFinalize(this);
    }
}
