using System.Text.Json.Nodes;

namespace Twinbus.Messaging.Interop.Wire;

/// <summary>The methods that clients send and that make a difference to a broker or to the other clients.</summary>
internal static class ClientMethods
{
    public static Capture? Read(ReadOnlyMemory<byte> payload)
    {
        FrameReader reader = new(payload);
        return (reader.Short(), reader.Short()) switch
        {
            (10, 11) => new Capture("connection.start-ok", StartOk(reader)),
            (10, 31) => new Capture("connection.tune-ok", new() { ["channel_max"] = reader.Short(), ["frame_max"] = reader.Long(), ["heartbeat"] = reader.Short() }),
            (40, 10) => new Capture("exchange.declare", ExchangeDeclare(reader)),
            (50, 10) => new Capture("queue.declare", QueueDeclare(reader)),
            (50, 20) => new Capture("queue.bind", QueueBind(reader)),
            (50, 40) => new Capture("queue.delete", QueueDelete(reader)),
            (60, 10) => new Capture("basic.qos", new() { ["prefetch_size"] = reader.Long(), ["prefetch_count"] = reader.Short(), ["global"] = reader.Bit() }),
            (60, 20) => new Capture("basic.consume", Consume(reader)),
            (60, 40) => new Capture("basic.publish", Publish(reader)),
            (60, 80) => new Capture("basic.ack", new() { ["delivery_tag"] = reader.LongLong(), ["multiple"] = reader.Bit() }),
            (60, 90) => new Capture("basic.reject", new() { ["delivery_tag"] = reader.LongLong(), ["requeue"] = reader.Bit() }),
            (85, 10) => new Capture("confirm.select", []),
            _ => null,
        };
    }

    /// <summary>The basic properties of a content header, those that are present.</summary>
    public static (long BodySize, JsonObject Properties) ReadHeader(ReadOnlyMemory<byte> payload)
    {
        FrameReader reader = new(payload);
        reader.Short();
        reader.Short();
        long size = (long)reader.LongLong();
        ushort flags = reader.Short();
        JsonObject properties = [];
        (string Name, Func<JsonNode?> Read)[] fields =
        [
            ("content_type", () => reader.ShortString()), ("content_encoding", () => reader.ShortString()),
            ("headers", reader.Table), ("delivery_mode", () => reader.Octet()), ("priority", () => reader.Octet()),
            ("correlation_id", () => reader.ShortString()), ("reply_to", () => reader.ShortString()),
            ("expiration", () => reader.ShortString()), ("message_id", () => reader.ShortString()),
            ("timestamp", () => reader.LongLong()), ("type", () => reader.ShortString()),
            ("user_id", () => reader.ShortString()), ("app_id", () => reader.ShortString()),
        ];
        for (int index = 0; index < fields.Length; index++)
        {
            if ((flags & (0x8000 >> index)) != 0)
            {
                properties[fields[index].Name] = fields[index].Read();
            }
        }

        return (size, properties);
    }

    // The response holds the password, so it is not read.
    private static JsonObject StartOk(FrameReader reader) =>
        new() { ["client_properties"] = reader.Table(), ["mechanism"] = reader.ShortString() };

    private static JsonObject ExchangeDeclare(FrameReader reader)
    {
        reader.Short();
        return new()
        {
            ["exchange"] = reader.ShortString(), ["type"] = reader.ShortString(), ["passive"] = reader.Bit(), ["durable"] = reader.Bit(),
            ["auto_delete"] = reader.Bit(), ["internal"] = reader.Bit(), ["nowait"] = reader.Bit(), ["arguments"] = reader.Table(),
        };
    }

    private static JsonObject QueueDeclare(FrameReader reader)
    {
        reader.Short();
        return new()
        {
            ["queue"] = reader.ShortString(), ["passive"] = reader.Bit(), ["durable"] = reader.Bit(), ["exclusive"] = reader.Bit(),
            ["auto_delete"] = reader.Bit(), ["nowait"] = reader.Bit(), ["arguments"] = reader.Table(),
        };
    }

    private static JsonObject QueueBind(FrameReader reader)
    {
        reader.Short();
        return new()
        {
            ["queue"] = reader.ShortString(), ["exchange"] = reader.ShortString(), ["routing_key"] = reader.ShortString(),
            ["nowait"] = reader.Bit(), ["arguments"] = reader.Table(),
        };
    }

    private static JsonObject QueueDelete(FrameReader reader)
    {
        reader.Short();
        return new() { ["queue"] = reader.ShortString(), ["if_unused"] = reader.Bit(), ["if_empty"] = reader.Bit(), ["nowait"] = reader.Bit() };
    }

    private static JsonObject Consume(FrameReader reader)
    {
        reader.Short();
        return new()
        {
            ["queue"] = reader.ShortString(), ["consumer_tag"] = reader.ShortString(), ["no_local"] = reader.Bit(), ["no_ack"] = reader.Bit(),
            ["exclusive"] = reader.Bit(), ["nowait"] = reader.Bit(), ["arguments"] = reader.Table(),
        };
    }

    private static JsonObject Publish(FrameReader reader)
    {
        reader.Short();
        return new() { ["exchange"] = reader.ShortString(), ["routing_key"] = reader.ShortString(), ["mandatory"] = reader.Bit(), ["immediate"] = reader.Bit() };
    }
}
