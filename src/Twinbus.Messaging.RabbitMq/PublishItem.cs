using System.Threading.Tasks.Sources;
using RabbitMQ.Client;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>
/// One message on its way to the broker, with what becomes of it. It ends once: confirmed, or with an error. Whoever waits
/// for the end awaits <see cref="Task"/>; a call does not wait, it is told of errors by <see cref="OnFailed"/>.
/// </summary>
internal sealed class PublishItem : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration registration;
    private int ended;
    private int released;

    public required string Exchange { get; init; }

    public required string RoutingKey { get; init; }

    public required PooledBuffer Body
    {
        get;
        init
        {
            field = value;
            Size = value.WrittenSpan.Length;
        }
    }

    /// <summary>The body's bytes.</summary>
    public int Size { get; private init; }

    public required BasicProperties Properties { get; init; }

    /// <summary>The exchange that must exist before it is sent; null for the default one.</summary>
    public ExchangeDeclaration? DeclaresExchange { get; init; }

    /// <summary>The queue that must exist before it is sent, so that nothing is lost while nobody listens.</summary>
    public QueueDeclaration? DeclaresQueue { get; init; }

    public bool Mandatory { get; init; }

    /// <summary>May it be sent again when it is not known whether it arrived?</summary>
    public bool MayRepeat { get; init; }

    /// <summary>Attempts to connect, or to send it again, that are left; null: no limit.</summary>
    public int? AttemptsLeft { get; set; }

    /// <summary>The timestamp after which nobody waits for it any more.</summary>
    public long Deadline { get; set; } = long.MaxValue;

    /// <summary>When it is cancelled, a message that is not written yet is not sent any more.</summary>
    public CancellationToken Cancelled { get; init; }

    /// <summary>Told the error, when there is one; its task is not awaited then.</summary>
    public Action<PublishItem, Exception>? OnFailed { get; init; }

    /// <summary>For <see cref="OnFailed"/>: the id of a call.</summary>
    public MessageId CallId { get; init; }

    /// <summary>For <see cref="OnFailed"/>: the id of the call that a reply ends, as its caller wrote it; null for others.</summary>
    public string? Ends { get; init; }

    /// <summary>Whether a call ends when it is not known whether its request arrived. Else it waits for its reply.</summary>
    public bool FailsWhenUnconfirmed { get; init; }

    /// <summary>How often it had to be sent again because the broker did not take it.</summary>
    public int Repeated { get; set; }

    /// <summary>For <see cref="OnFailed"/>: the timestamp of the first try of which this is a repetition; null for a first try.</summary>
    public long? FirstTried { get; init; }

    /// <summary>The broker gave it back: no queue takes it. Its confirmation is still to come.</summary>
    public bool WasReturned { get; set; }

    /// <summary>The client library has taken it; from here on a lost connection leaves its fate unknown.</summary>
    public bool WasWritten { get; set; }

    /// <summary>The timestamp after which a missing confirmation counts as a failure.</summary>
    public long ConfirmDeadline { get; set; } = long.MaxValue;

    public bool IsEnded => Volatile.Read(ref ended) != 0;

    /// <summary>How it ended; null while it has not, or when it was confirmed.</summary>
    public Exception? Error { get; private set; }

    /// <summary>Completes when the broker has confirmed it.</summary>
    public ValueTask Task => new(this, core.Version);

    public void Observe(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
        {
            registration = cancellationToken.UnsafeRegister(
                static (state, token) => ((PublishItem)state!).Fail(new OperationCanceledException(token)), this);
        }
    }

    public void Succeed()
    {
        if (Interlocked.Exchange(ref ended, 1) == 0)
        {
            if (OnFailed is null)
            {
                core.SetResult(true);
            }
        }
    }

    public void Fail(Exception error)
    {
        if (Interlocked.Exchange(ref ended, 1) == 0)
        {
            Error = error;
            if (OnFailed is null)
            {
                core.SetException(error);
            }
            else
            {
                OnFailed(this, error);
            }
        }
    }

    /// <summary>Gives its buffer back. Only the publisher may: a sender that gives up does not stop a write.</summary>
    public bool TryRelease()
    {
        if (Interlocked.Exchange(ref released, 1) != 0)
        {
            return false;
        }

        Body.Dispose();
        return true;
    }

    void IValueTaskSource.GetResult(short token)
    {
        registration.Dispose();
        core.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => core.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        core.OnCompleted(continuation, state, token, flags);
}
