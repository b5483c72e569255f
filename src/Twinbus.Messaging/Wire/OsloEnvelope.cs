using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace Twinbus.Messaging.Wire;

/// <summary>
/// The envelope <c>{"oslo.version":"2.0","oslo.message":"&lt;JSON text&gt;"}</c> around RPC messages and version-2
/// notifications. A body without one is accepted as it is, as the original does; any version but 2.0 is refused.
/// </summary>
public static class OsloEnvelope
{
    /// <summary>The one version of the envelope.</summary>
    public const string Version = "2.0";

    // \u001f
    private const int LongestEscape = 6;

    private static readonly SearchValues<byte> Escaped = SearchValues.Create(
        [(byte)'"', (byte)'\\', .. Enumerable.Range(0, 0x20).Select(value => (byte)value)]);

    /// <summary>Writes the envelope around <paramref name="message"/>, a JSON text.</summary>
    public static void Write(PooledBuffer output, ReadOnlySpan<byte> message)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.Write("{\"oslo.version\":\"2.0\",\"oslo.message\":\""u8);
        WriteEscaped(output, message);
        output.Write("\"}"u8);
    }

    /// <summary>Reads a body into a buffer with the message inside, ready for a JSON reader. The caller disposes it.</summary>
    /// <exception cref="MalformedMessageException">Too large, not UTF-8, no JSON object, or another version.</exception>
    public static PooledBuffer Unwrap(ReadOnlySpan<byte> body, InboundLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        if (body.Length > limits.MaxBodyBytes)
        {
            throw new MalformedMessageException($"its body has {body.Length} bytes, more than the limit of {limits.MaxBodyBytes}");
        }

        try
        {
            return UnwrapUnchecked(body, limits);
        }
        catch (JsonException) when (PythonJson.MayHoldLiterals(body))
        {
            using var normalized = PooledBuffer.Rent(body.Length + 64);
            PythonJson.Normalize(body, normalized);
            return Checked(normalized.WrittenSpan, limits);
        }
        catch (JsonException error)
        {
            throw NotJson(error);
        }
    }

    private static PooledBuffer Checked(ReadOnlySpan<byte> body, InboundLimits limits)
    {
        try
        {
            return UnwrapUnchecked(body, limits);
        }
        catch (JsonException error)
        {
            throw NotJson(error);
        }
    }

    private static MalformedMessageException NotJson(JsonException error) =>
        new($"it is no JSON within the limits ({error.Message.TrimEnd('.')})", error);

    private static PooledBuffer UnwrapUnchecked(ReadOnlySpan<byte> body, InboundLimits limits)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = limits.MaxDepth });
        PooledBuffer? message = null;
        bool hasVersion = false;
        bool hasMessage = false;
        bool isOurs = false;
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                throw new MalformedMessageException("it is no JSON object");
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isVersion = JsonText.NameIs(ref reader, "oslo.version"u8);
                bool isMessage = !isVersion && JsonText.NameIs(ref reader, "oslo.message"u8);
                reader.Read();
                if (isVersion)
                {
                    hasVersion = true;
                    isOurs = reader.TokenType == JsonTokenType.String && JsonText.NameIs(ref reader, "2.0"u8);
                    reader.Skip();
                }
                else if (isMessage)
                {
                    hasMessage = true;
                    message?.Dispose();
                    message = reader.TokenType == JsonTokenType.String ? CopyString(ref reader) : null;
                    reader.Skip();
                }
                else
                {
                    reader.Skip();
                }
            }

            // Nothing may follow the object.
            reader.Read();
            if (hasVersion && hasMessage)
            {
                if (!isOurs)
                {
                    throw new MalformedMessageException("its envelope has another version than 2.0");
                }

                return Normalized(message ?? throw new MalformedMessageException("its envelope holds no text"));
            }

            return Bare(body, message);
        }
        catch
        {
            message?.Dispose();
            throw;
        }
    }

    private static PooledBuffer CopyString(ref Utf8JsonReader reader)
    {
        var buffer = PooledBuffer.Rent(reader.ValueSpan.Length);
        try
        {
            buffer.Advance(reader.CopyString(buffer.GetSpan(reader.ValueSpan.Length)));
            return buffer;
        }
        catch (InvalidOperationException error)
        {
            buffer.Dispose();
            throw new MalformedMessageException("its text is no UTF-8", error);
        }
    }

    private static PooledBuffer Bare(ReadOnlySpan<byte> body, PooledBuffer? message)
    {
        message?.Dispose();
        if (!Utf8.IsValid(body))
        {
            throw new MalformedMessageException("its text is no UTF-8");
        }

        var copy = PooledBuffer.Rent(body.Length);
        copy.Write(body);
        return Normalized(copy);
    }

    private static PooledBuffer Normalized(PooledBuffer message)
    {
        if (!PythonJson.MayHoldLiterals(message.WrittenSpan))
        {
            return message;
        }

        var normalized = PooledBuffer.Rent(message.WrittenSpan.Length + 64);
        PythonJson.Normalize(message.WrittenSpan, normalized);
        message.Dispose();
        return normalized;
    }

    private static void WriteEscaped(PooledBuffer output, ReadOnlySpan<byte> text)
    {
        // Room for the usual: a quote in eight bytes. What is more is made room for when it comes.
        Span<byte> room = output.GetSpan(text.Length + (text.Length / 8) + LongestEscape);
        int filled = 0;
        while (true)
        {
            int plain = text.IndexOfAny(Escaped);
            int run = plain < 0 ? text.Length : plain;
            if (room.Length - filled < run + LongestEscape)
            {
                output.Advance(filled);
                room = output.GetSpan(text.Length + (text.Length / 4) + LongestEscape);
                filled = 0;
            }

            text[..run].CopyTo(room[filled..]);
            filled += run;
            if (plain < 0)
            {
                output.Advance(filled);
                return;
            }

            filled += WriteEscape(room[filled..], text[run]);
            text = text[(run + 1)..];
        }
    }

    private static int WriteEscape(Span<byte> room, byte value)
    {
        room[0] = (byte)'\\';
        if (value is (byte)'"' or (byte)'\\')
        {
            room[1] = value;
            return 2;
        }

        ReadOnlySpan<byte> digits = "0123456789abcdef"u8;
        room[1] = (byte)'u';
        room[2] = (byte)'0';
        room[3] = (byte)'0';
        room[4] = digits[value >> 4];
        room[5] = digits[value & 15];
        return LongestEscape;
    }
}
