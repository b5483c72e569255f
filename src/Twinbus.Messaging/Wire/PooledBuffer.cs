using System.Buffers;
using System.Text.Json;

namespace Twinbus.Messaging.Wire;

/// <summary>
/// A growing byte buffer on pooled arrays, itself reused: what a message is written into and what it is read from.
/// Rent it, fill it, dispose it once; its memory is another's after that.
/// </summary>
public sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    // Arrays above this go back to the array pool with the buffer, so that one huge message does not stay in memory.
    private const int KeptCapacity = 64 * 1024;
    private const int MaxKeptBuffers = 512;

    /// <summary>Nesting that the writer takes; far above any limit on messages that makes sense.</summary>
    internal const int MaxWrittenDepth = 1000;

    private static readonly System.Collections.Concurrent.ConcurrentQueue<PooledBuffer> Free = new();
    private static readonly JsonWriterOptions WriterOptions = new()
    {
        // What is written here comes from typed values and checked trees.
        SkipValidation = true,
        // The reader is a JSON parser, never a web page: escape what JSON demands, no more.
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = MaxWrittenDepth,
    };

    private static int freeCount;

    private byte[] array = [];
    private int written;
    private Utf8JsonWriter? writer;
    private int rented;

    private PooledBuffer()
    {
    }

    /// <summary>The bytes so far.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => array.AsMemory(0, written);

    /// <summary>The bytes so far.</summary>
    public ReadOnlySpan<byte> WrittenSpan => array.AsSpan(0, written);

    /// <summary>An empty buffer with room for at least <paramref name="capacity"/> bytes.</summary>
    public static PooledBuffer Rent(int capacity = 1024)
    {
        if (Free.TryDequeue(out PooledBuffer? buffer))
        {
            Interlocked.Decrement(ref freeCount);
        }
        else
        {
            buffer = new PooledBuffer();
        }

        buffer.rented = 1;
        buffer.Reserve(capacity);
        return buffer;
    }

    /// <summary>A JSON writer on this buffer, the same one at every rent; flush it before reading the bytes.</summary>
    public Utf8JsonWriter BeginJson()
    {
        if (writer is null)
        {
            writer = new Utf8JsonWriter(this, WriterOptions);
        }
        else
        {
            writer.Reset(this);
        }

        return writer;
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, array.Length - written);
        written += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return array.AsMemory(written);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return array.AsSpan(written);
    }

    /// <summary>Appends bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(array.AsSpan(written));
        written += bytes.Length;
    }

    /// <summary>Gives the buffer back. A second call does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref rented, 0) == 0)
        {
            return;
        }

        written = 0;
        if (array.Length > KeptCapacity)
        {
            ArrayPool<byte>.Shared.Return(array);
            array = [];
        }

        if (Interlocked.Increment(ref freeCount) <= MaxKeptBuffers)
        {
            Free.Enqueue(this);
            return;
        }

        Interlocked.Decrement(ref freeCount);
        if (array.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(array);
            array = [];
        }
    }

    private void Reserve(int count)
    {
        if (array.Length - written >= count)
        {
            return;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(written + count), array.Length * 2));
        array.AsSpan(0, written).CopyTo(larger);
        if (array.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(array);
        }

        array = larger;
    }
}
