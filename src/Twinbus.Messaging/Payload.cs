using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Twinbus.Messaging;

/// <summary>
/// A JSON value on its way out: a tree, or a typed value with its source-generated type information, or JSON text in
/// UTF-8. It is written straight into the message's buffer, once.
/// </summary>
public readonly struct Payload
{
    private readonly object? value;
    private readonly JsonTypeInfo? typeInfo;
    private readonly ReadOnlyMemory<byte> utf8;

    private Payload(object? value, JsonTypeInfo? typeInfo, ReadOnlyMemory<byte> utf8)
    {
        this.value = value;
        this.typeInfo = typeInfo;
        this.utf8 = utf8;
    }

    /// <summary>JSON's null.</summary>
    public static Payload Null => default;

    /// <summary>A tree. Do not change it until the send has completed.</summary>
    public static Payload From(JsonNode? node) => new(node, null, default);

    /// <summary>A parsed element; its document must stay alive until the send has completed.</summary>
    public static Payload From(JsonElement element) => new(element, null, default);

    /// <summary>A value of type <typeparamref name="T"/>, written by its type information (no reflection).</summary>
    public static Payload From<T>(T value, JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        return new(value, typeInfo, default);
    }

    /// <summary>JSON text in UTF-8 that is known to be well-formed; it is copied as it is.</summary>
    public static Payload FromUtf8(ReadOnlyMemory<byte> json) => new(null, null, json);

    /// <summary>A tree, as <see cref="From(JsonNode?)"/>.</summary>
    public static implicit operator Payload(JsonNode? node) => From(node);

    /// <summary>A parsed element, as <see cref="From(JsonElement)"/>.</summary>
    public static implicit operator Payload(JsonElement element) => From(element);

    /// <summary>Writes the value.</summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (typeInfo is not null)
        {
            JsonSerializer.Serialize(writer, value, typeInfo);
        }
        else if (!utf8.IsEmpty)
        {
            writer.WriteRawValue(utf8.Span, skipInputValidation: true);
        }
        else if (value is JsonElement element)
        {
            element.WriteTo(writer);
        }
        else if (value is JsonNode node)
        {
            node.WriteTo(writer);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    /// <summary>The value as a tree of its own; what a serializer hook works on.</summary>
    public JsonNode? ToNode()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            WriteTo(writer);
        }

        return Wire.PythonJson.ParseNode(buffer.WrittenSpan);
    }
}
