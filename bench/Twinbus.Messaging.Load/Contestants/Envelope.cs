using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Twinbus.Messaging.Load.Contestants;

/// <summary>oslo.messaging's envelope as one writes it by hand: JSON in a string in JSON.</summary>
internal static class Envelope
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> message)
    {
        ArrayBufferWriter<byte> inner = new(2048);
        using (Utf8JsonWriter writer = new(inner, Relaxed))
        {
            writer.WriteStartObject();
            message(writer);
            writer.WriteEndObject();
        }

        ArrayBufferWriter<byte> outer = new(4096);
        using (Utf8JsonWriter writer = new(outer, Relaxed))
        {
            writer.WriteStartObject();
            writer.WriteString("oslo.version"u8, "2.0"u8);
            writer.WriteString("oslo.message"u8, inner.WrittenSpan);
            writer.WriteEndObject();
        }

        return outer.WrittenMemory;
    }

    public static JsonDocument Read(ReadOnlyMemory<byte> body)
    {
        using JsonDocument envelope = JsonDocument.Parse(body);
        return JsonDocument.Parse(envelope.RootElement.GetProperty("oslo.message"u8).GetString()!);
    }
}
