using System.Text.Json;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.Drivers;

/// <summary>A notification on its way out, before the driver adds what its own wire needs.</summary>
public sealed class OutgoingNotification
{
    /// <summary>Where to; has a topic. The queue is <c>topic.priority</c>.</summary>
    public required Target Target { get; init; }

    /// <summary>The priority.</summary>
    public required NotificationPriority Priority { get; init; }

    /// <summary>A UUID with dashes.</summary>
    public required string MessageId { get; init; }

    /// <summary>Who publishes.</summary>
    public required string PublisherId { get; init; }

    /// <summary>What happened.</summary>
    public required string EventType { get; init; }

    /// <summary>When, in the original's form: <c>2026-11-22 15:17:06.425583</c>.</summary>
    public required string Timestamp { get; init; }

    /// <summary>One JSON value.</summary>
    public Payload Payload { get; init; }

    /// <summary>The request context.</summary>
    public MessageContext Context { get; init; } = MessageContext.Empty;

    /// <summary>True: with the 2.0 envelope (<c>messagingv2</c>). False: bare (<c>messaging</c>).</summary>
    public bool Enveloped { get; init; } = true;

    /// <summary>The trace that the sender belongs to, for the driver to carry along.</summary>
    public TraceContext Trace { get; internal set; }

    /// <summary>How often sending is tried again: null or -1 without end, 0 never, n times.</summary>
    public int? Retry { get; init; }

    /// <summary>Writes the members, without those that only one wire has, into the object that the writer stands in.</summary>
    public void WriteMembers(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteString("message_id"u8, MessageId);
        writer.WriteString("publisher_id"u8, PublisherId);
        writer.WriteString("event_type"u8, EventType);
        writer.WriteString("priority"u8, Priority.WireName());
        writer.WritePropertyName("payload"u8);
        Payload.WriteTo(writer);
        writer.WriteString("timestamp"u8, Timestamp);
    }

    /// <summary>Writes the whole message as rabbit has it, without the envelope.</summary>
    public void Write(Utf8JsonWriter writer, MessageId uniqueId)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        WriteMembers(writer);
        JsonFields.WriteId(writer, "_unique_id"u8, uniqueId);
        JsonFields.WriteContext(writer, Context);
        writer.WriteEndObject();
        writer.Flush();
    }
}
