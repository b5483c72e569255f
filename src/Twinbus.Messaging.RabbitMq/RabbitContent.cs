using System.IO.Compression;
using System.Text;
using RabbitMQ.Client;
using SharpCompress.Compressors.BZip2;
using SharpCompress.Compressors.Xz;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>What to do with a message that cannot be read.</summary>
internal sealed class UnreadableMessageException(bool acknowledge, string message, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>True: acknowledge it, as the original does. False: reject it, without requeueing.</summary>
    public bool Acknowledge { get; } = acknowledge;
}

/// <summary>From a delivery to the message inside: content type, compression, envelope.</summary>
internal static class RabbitContent
{
    // The original says gzip and means zlib.
    private const string ZlibName = "application/x-gzip";
    private const string Bzip2Name = "application/x-bz2";

    private static readonly Dictionary<string, Func<MemoryStream, Stream>> Decompressors = new()
    {
        [ZlibName] = body => new ZLibStream(body, CompressionMode.Decompress),
        [Bzip2Name] = body => BZip2Stream.Create(body, SharpCompress.Compressors.CompressionMode.Decompress, decompressConcatenated: true),
        ["application/x-lzma"] = body => new XZStream(body),
    };

    /// <summary>What the header of a compressed message says.</summary>
    public static string NameOf(RabbitCompression compression) => compression == RabbitCompression.Gzip ? ZlibName : Bzip2Name;

    /// <summary>The body as it goes over the wire; takes the given one over.</summary>
    public static PooledBuffer Compress(PooledBuffer body, RabbitCompression compression)
    {
        if (compression == RabbitCompression.None)
        {
            return body;
        }

        using var compressed = new MemoryStream();
        using (Stream stream = compression == RabbitCompression.Gzip
            ? new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true)
            : BZip2Stream.Create(compressed, SharpCompress.Compressors.CompressionMode.Compress, decompressConcatenated: false, leaveOpen: true))
        {
            stream.Write(body.WrittenSpan);
        }

        body.Dispose();
        PooledBuffer result = PooledBuffer.Rent((int)compressed.Length);
        result.Write(compressed.GetBuffer().AsSpan(0, (int)compressed.Length));
        return result;
    }

    /// <summary>The message, in a buffer that the caller disposes.</summary>
    public static PooledBuffer Read(in RabbitDelivery delivery, InboundLimits limits)
    {
        // The original's peers refuse anything but exactly this.
        if (delivery.Properties.ContentType != "application/json")
        {
            throw new UnreadableMessageException(
                acknowledge: false, $"its content type is '{MessageText.Name(delivery.Properties.ContentType)}' and not 'application/json'");
        }

        if (delivery.Body.IsEmpty)
        {
            throw new UnreadableMessageException(acknowledge: true, "it is empty");
        }

        string? compression = Compression(delivery.Properties);
        string notDecompressed = "";
        try
        {
            using PooledBuffer? plain = compression is null ? null : Decompress(compression, delivery.Body, limits, out notDecompressed);

            // As the original does: a header that is not true of the body is overlooked.
            return OsloEnvelope.Unwrap(plain is null ? delivery.Body.Span : plain.WrittenSpan, limits);
        }
        catch (MalformedMessageException error)
        {
            throw new UnreadableMessageException(acknowledge: false, notDecompressed + error.Message, error);
        }
    }

    private static string? Compression(IReadOnlyBasicProperties properties) =>
        properties.Headers is { Count: > 0 } headers && headers.TryGetValue("compression", out object? value)
            ? value is byte[] text ? Encoding.UTF8.GetString(text) : value?.ToString()
            : null;

    /// <summary>The body as it was; null, and why, when it is not compressed in this way.</summary>
    private static PooledBuffer? Decompress(string compression, ReadOnlyMemory<byte> body, InboundLimits limits, out string why)
    {
        why = "";
        if (!Decompressors.TryGetValue(compression, out Func<MemoryStream, Stream>? decompressing))
        {
            why = $"it says that it is compressed as '{MessageText.Name(compression)}', which is unknown here; ";
            return null;
        }

        var plain = PooledBuffer.Rent(body.Length * 4);
        try
        {
            using Stream stream = decompressing(new MemoryStream(body.ToArray()));
            int read;
            while ((read = stream.Read(plain.GetSpan(4096))) > 0)
            {
                plain.Advance(read);
                if (plain.WrittenSpan.Length > limits.MaxBodyBytes)
                {
                    throw new MalformedMessageException($"it has more than {limits.MaxBodyBytes} bytes when decompressed");
                }
            }

            return plain;
        }
        catch (Exception error) when (error is not MalformedMessageException)
        {
            // What the decompressors throw at bytes that are not theirs is not all documented.
            plain.Dispose();
            why = $"it says that it is compressed as '{MessageText.Name(compression)}', and is not; ";
            return null;
        }
        catch
        {
            plain.Dispose();
            throw;
        }
    }
}
