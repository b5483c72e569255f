using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.Notifications;

/// <summary>A notification that an endpoint handles. Valid until the handler ends; copy what must live longer.</summary>
public sealed class ReceivedNotification
{
    private readonly IncomingNotification incoming;
    private readonly MessageSerializer? serializer;
    private MessageContext? context;
    private JsonElement? payload;

    internal ReceivedNotification(IncomingNotification incoming, NotificationPriority priority, MessageSerializer? serializer)
    {
        this.incoming = incoming;
        this.serializer = serializer;
        Priority = priority;
    }

    internal NotificationFields Fields => incoming.Fields;

    /// <summary>The priority.</summary>
    public NotificationPriority Priority { get; }

    /// <summary>
    /// How often it was delivered before: as a quorum queue counts it for all listeners together; of other queues 1 when it is known to
    /// come again. 0: never, as far as is known.
    /// </summary>
    public int DeliveryCount => incoming.DeliveryCount;

    /// <summary>Who published.</summary>
    public string PublisherId => incoming.Fields.PublisherId ?? "";

    /// <summary>What happened.</summary>
    public string EventType => incoming.Fields.EventType ?? "";

    /// <summary>The publisher's id of it; empty when it gave none.</summary>
    public string MessageId => incoming.Fields.MessageId ?? "";

    /// <summary>When, as the publisher wrote it: UTC, by custom <c>2026-11-22 15:17:06.425583</c>.</summary>
    public string Timestamp => incoming.Fields.Timestamp ?? "";

    /// <summary>The request context. Publishers send little of it, or nothing: do not rely on it.</summary>
    public MessageContext Context => context ??=
        serializer is null ? incoming.Context : serializer.DeserializeContext(incoming.Context);

    /// <summary>The details, one JSON value in UTF-8, as they came.</summary>
    public ReadOnlyMemory<byte> PayloadUtf8 => incoming.Fields.Payload;

    /// <summary>The details as an element of its own.</summary>
    public JsonElement ReadPayload()
    {
        if (payload is null)
        {
            var reader = new Utf8JsonReader(Deserialized().Span, new JsonReaderOptions { MaxDepth = 1000 });
            payload = JsonElement.ParseValue(ref reader);
        }

        return payload.Value;
    }

    /// <summary>The details as a typed value, without reflection.</summary>
    /// <exception cref="JsonException">They do not fit the type.</exception>
    public T? ReadPayload<T>(JsonTypeInfo<T> type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return JsonSerializer.Deserialize(Deserialized().Span, type);
    }

    private ReadOnlyMemory<byte> Deserialized()
    {
        if (serializer is null)
        {
            return incoming.Fields.Payload;
        }

        JsonNode? entity = serializer.DeserializeEntity(Context, PythonJson.ParseNode(incoming.Fields.Payload.Span));
        return System.Text.Encoding.UTF8.GetBytes(entity?.ToJsonString() ?? "null");
    }
}
