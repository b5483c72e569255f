using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.Drivers;

/// <summary>The end of a call: a result or a failure. Dispose it when the result has been read.</summary>
public sealed class IncomingReply : IDisposable
{
    private PooledBuffer? message;

    /// <summary>Takes over the buffer that the result is a slice of.</summary>
    public IncomingReply(PooledBuffer message, ReadOnlyMemory<byte> result, string? failure)
    {
        this.message = message;
        Result = result;
        Failure = failure;
    }

    /// <summary>The result, one JSON value; empty when the peer sent none.</summary>
    public ReadOnlyMemory<byte> Result { get; }

    /// <summary>The failure's JSON text; null for success.</summary>
    public string? Failure { get; }

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref message, null)?.Dispose();
}
