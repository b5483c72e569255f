using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Twinbus.Messaging.Wire;

/// <summary>What the readers of the message types share: values as slices of the message's buffer.</summary>
internal static class JsonFields
{
    private const string ContextPrefix = "_context_";

    public static Utf8JsonReader Open(ReadOnlyMemory<byte> message, InboundLimits limits, string what)
    {
        var reader = new Utf8JsonReader(message.Span, new JsonReaderOptions { MaxDepth = limits.MaxDepth });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new MalformedMessageException($"the {what} is no JSON object");
        }

        return reader;
    }

    /// <summary>The value under the reader, unparsed; the reader ends on its last token.</summary>
    public static ReadOnlyMemory<byte> Slice(ref Utf8JsonReader reader, ReadOnlyMemory<byte> message)
    {
        int start = (int)reader.TokenStartIndex;
        reader.Skip();
        return message[start..(int)reader.BytesConsumed];
    }

    /// <summary>
    /// The string under the reader; null for JSON's null. Of another type, its JSON text: as in the original it is then an
    /// unknown name, and not a broken message.
    /// </summary>
    public static string? Text(ref Utf8JsonReader reader, ReadOnlyMemory<byte> message) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.String => JsonText.Of(ref reader),
        _ => Encoding.UTF8.GetString(Slice(ref reader, message).Span),
    };

    public static MessageId? Id(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String ? MessageId.From(reader.ValueSpan) : null;

    /// <summary>Whole seconds, as Python's int() reads a number or a text; null when it is neither.</summary>
    public static int? Seconds(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Number when reader.TryGetDouble(out double value) && Math.Abs(value) < int.MaxValue => (int)value,
        JsonTokenType.String when Utf8Parser.TryParse(reader.ValueSpan, out int value, out int used)
            && used == reader.ValueSpan.Length => value,
        _ => null,
    };

    public static bool IsContext(ref Utf8JsonReader reader) => JsonText.NameBegins(ref reader, "_context_"u8);

    /// <summary>Counts one more member of the context.</summary>
    public static int CountContext(int entries, InboundLimits limits) => entries < limits.MaxContextEntries
        ? entries + 1
        : throw new MalformedMessageException($"its context has more entries than the limit of {limits.MaxContextEntries} (MaxContextEntries)");

    /// <summary>Whether the name under the reader is this one; then the reader stands on the member's value.</summary>
    public static bool Is(ref Utf8JsonReader reader, ReadOnlySpan<byte> name) => JsonText.NameIs(ref reader, name) && reader.Read();

    /// <summary>All <c>_context_*</c> members of the message's top level, copied out of its buffer. Of two with one name the last counts.</summary>
    public static MessageContext ReadContext(ReadOnlyMemory<byte> message, InboundLimits limits, IEqualityComparer<string>? comparer = null)
    {
        var reader = Open(message, limits, "message");
        var entries = new OrderedDictionary<string, JsonElement>(8, comparer ?? StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (IsContext(ref reader))
            {
                string name = JsonText.Of(ref reader)[ContextPrefix.Length..];
                reader.Read();
                entries[name] = JsonElement.ParseValue(ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return entries.Count == 0 ? MessageContext.Empty : new MessageContext([.. entries]);
    }

    public static void WriteContext(Utf8JsonWriter writer, MessageContext context)
    {
        foreach (ref readonly var entry in context.AsSpan())
        {
            writer.WritePropertyName(ContextPrefix + entry.Key);
            entry.Value.WriteTo(writer);
        }
    }

    public static void WriteId(Utf8JsonWriter writer, ReadOnlySpan<byte> name, MessageId id)
    {
        Span<byte> digits = stackalloc byte[MessageId.Length];
        id.Format(digits);
        writer.WriteString(name, digits);
    }
}
