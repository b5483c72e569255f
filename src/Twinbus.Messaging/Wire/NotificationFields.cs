using System.Text.Json;

namespace Twinbus.Messaging.Wire;

/// <summary>
/// A notification as it stands on the wire: <c>message_id, publisher_id, event_type, priority, payload, timestamp,
/// _unique_id, _context_*</c>. The payload is a slice of the message's buffer.
/// </summary>
public readonly record struct NotificationFields
{
    /// <summary>A UUID with dashes, as the publisher chose it; null when absent.</summary>
    public string? MessageId { get; private init; }

    /// <summary>Who published: <c>service.host</c> by custom.</summary>
    public string? PublisherId { get; private init; }

    /// <summary>What happened, such as <c>compute.instance.create.end</c>.</summary>
    public string? EventType { get; private init; }

    /// <summary>The priority as it was written, upper or lower case.</summary>
    public string? Priority { get; private init; }

    /// <summary>UTC, <c>2026-11-22 15:17:06.425583</c> by custom; any text is passed on.</summary>
    public string? Timestamp { get; private init; }

    /// <summary>One JSON value; <c>null</c> when absent.</summary>
    public ReadOnlyMemory<byte> Payload { get; private init; }

    /// <summary>Recognises a second delivery; null when the sender gave none.</summary>
    public MessageId? UniqueId { get; private init; }

    /// <summary>Whether there are any <c>_context_</c> members.</summary>
    public bool HasContext { get; private init; }

    /// <summary>Reads a notification, without its envelope.</summary>
    /// <exception cref="MalformedMessageException">It is no JSON object, or a member has the wrong type.</exception>
    public static NotificationFields Read(ReadOnlyMemory<byte> message, InboundLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        try
        {
            return ReadUnchecked(message, limits);
        }
        catch (JsonException error)
        {
            throw new MalformedMessageException(
                $"the notification is no JSON within the limits ({error.Message.TrimEnd('.')})", error);
        }
    }

    private static NotificationFields ReadUnchecked(ReadOnlyMemory<byte> message, InboundLimits limits)
    {
        var reader = JsonFields.Open(message, limits, "notification");
        var fields = new NotificationFields { Payload = Null };
        int contextEntries = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonFields.IsContext(ref reader))
            {
                contextEntries = JsonFields.CountContext(contextEntries, limits);
                reader.Skip();
            }
            else if (JsonFields.Is(ref reader, "payload"u8))
            {
                fields = fields with { Payload = JsonFields.Slice(ref reader, message) };
            }
            else if (JsonFields.Is(ref reader, "event_type"u8))
            {
                fields = fields with { EventType = JsonFields.Text(ref reader, message) };
            }
            else if (JsonFields.Is(ref reader, "publisher_id"u8))
            {
                fields = fields with { PublisherId = JsonFields.Text(ref reader, message) };
            }
            else if (JsonFields.Is(ref reader, "priority"u8))
            {
                fields = fields with { Priority = JsonFields.Text(ref reader, message) };
            }
            else if (JsonFields.Is(ref reader, "message_id"u8))
            {
                fields = fields with { MessageId = JsonFields.Text(ref reader, message) };
            }
            else if (JsonFields.Is(ref reader, "timestamp"u8))
            {
                fields = fields with { Timestamp = JsonFields.Text(ref reader, message) };
            }
            else if (JsonFields.Is(ref reader, "_unique_id"u8))
            {
                fields = fields with { UniqueId = JsonFields.Id(ref reader) };
            }
            else
            {
                reader.Skip();
            }
        }

        return contextEntries > 0 ? fields with { HasContext = true } : fields;
    }

    private static readonly ReadOnlyMemory<byte> Null = "null"u8.ToArray();
}
