using System.IO.Compression;
using System.Text;
using RabbitMQ.Client;
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
    /// <summary>The original says gzip and means zlib.</summary>
    public const string ZlibName = "application/x-gzip";

    /// <summary>The body as it goes over the wire; takes the given one over.</summary>
    public static PooledBuffer Compress(PooledBuffer body, RabbitCompression compression)
    {
        if (compression == RabbitCompression.None)
        {
            return body;
        }

        using var compressed = new MemoryStream();
        using (var stream = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
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
                acknowledge: false, $"its content type is '{delivery.Properties.ContentType}' and not 'application/json'");
        }

        if (delivery.Body.IsEmpty)
        {
            throw new UnreadableMessageException(acknowledge: true, "it is empty");
        }

        try
        {
            if (Compression(delivery.Properties) is not { } compression)
            {
                return OsloEnvelope.Unwrap(delivery.Body.Span, limits);
            }

            using PooledBuffer plain = Decompress(compression, delivery.Body, limits);
            return OsloEnvelope.Unwrap(plain.WrittenSpan, limits);
        }
        catch (MalformedMessageException error)
        {
            throw new UnreadableMessageException(acknowledge: false, error.Message, error);
        }
    }

    private static string? Compression(IReadOnlyBasicProperties properties) =>
        properties.Headers is { Count: > 0 } headers && headers.TryGetValue("compression", out object? value)
            ? value is byte[] text ? Encoding.UTF8.GetString(text) : value?.ToString()
            : null;

    private static PooledBuffer Decompress(string compression, ReadOnlyMemory<byte> body, InboundLimits limits)
    {
        if (compression != ZlibName)
        {
            throw new UnreadableMessageException(acknowledge: true, $"it is compressed as '{compression}', which is unknown here");
        }

        var plain = PooledBuffer.Rent(body.Length * 4);
        try
        {
            using var stream = new ZLibStream(new MemoryStream(body.ToArray()), CompressionMode.Decompress);
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
        catch (InvalidDataException error)
        {
            plain.Dispose();
            throw new UnreadableMessageException(acknowledge: true, "it says that it is compressed, and is not", error);
        }
        catch
        {
            plain.Dispose();
            throw;
        }
    }
}
