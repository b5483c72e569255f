using System.Text;
using System.Text.Json.Nodes;
using RabbitMQ.Client;

namespace Twinbus.Messaging.Interop.Malformed;

/// <summary>A message that is not as it should be, and what the rest of the world makes of it.</summary>
/// <param name="Name">What is wrong with it.</param>
/// <param name="Body">The bytes on the wire.</param>
/// <param name="ContentType">The content type; null for none.</param>
/// <param name="Compression">The header that says how the body is compressed; null for none.</param>
internal sealed record MalformedMessage(string Name, byte[] Body, string? ContentType = "application/json", string? Compression = null)
{
    private const int Deep = 10_000;

    /// <summary>The same for requests, replies and notifications: what breaks before anyone asks what it is.</summary>
    private static IEnumerable<MalformedMessage> OfAnyKind(string wellFormed)
    {
        string envelope = Enveloped(wellFormed);
        yield return Json("empty body", "");
        yield return Json("truncated envelope", envelope[..(envelope.Length / 2)]);
        yield return Json("truncated message", Enveloped(wellFormed[..(wellFormed.Length / 2)]));
        yield return Json("text after the envelope", envelope + "}");
        yield return Json("an array", "[1, 2]");
        yield return Json("a number", "42");
        yield return Json("a string", "\"text\"");
        yield return Json("null", "null");
        yield return Json("envelope version 2.1", envelope.Replace("2.0", "2.1", StringComparison.Ordinal));
        yield return Json("envelope version 3.0", envelope.Replace("2.0", "3.0", StringComparison.Ordinal));
        yield return Json("envelope version 1.0", envelope.Replace("2.0", "1.0", StringComparison.Ordinal));
        yield return Json("envelope version that is no version", envelope.Replace("2.0", "two", StringComparison.Ordinal));
        yield return Json("envelope version that is a number", envelope.Replace("\"2.0\"", "2.0", StringComparison.Ordinal));
        yield return Json("envelope without a message", """{"oslo.version": "2.0"}""");
        yield return Json("envelope around an object", $$"""{"oslo.version": "2.0", "oslo.message": {{wellFormed}}}""");
        yield return Json("envelope around null", """{"oslo.version": "2.0", "oslo.message": null}""");
        yield return Json("message that is an array", Enveloped("[1, 2]"));
        yield return Json("message that is null", Enveloped("null"));
        yield return Json("message without a key", Enveloped("{}"));
        yield return Json("nested too deep in the message", Enveloped(Nested()));
        yield return Json("nested too deep in the envelope", Nested());
        yield return new("bytes that are not UTF-8", [.. "{\"oslo.version\": \"2.0\", \"oslo.message\": \""u8, 0xff, 0xfe, 0xc3, 0x28, .. "\"}"u8]);
        yield return new("UTF-16", Encoding.Unicode.GetBytes(envelope));
        yield return new("content type text/plain", Encoding.UTF8.GetBytes(envelope), "text/plain");
        yield return new("content type with a charset", Encoding.UTF8.GetBytes(envelope), "application/json; charset=utf-8");
        yield return new("no content type", Encoding.UTF8.GetBytes(envelope), null);
        yield return new("compressed without being so", Encoding.UTF8.GetBytes(envelope), Compression: "application/x-gzip");
        yield return new("compressed with bzip2 without being so", Encoding.UTF8.GetBytes(envelope), Compression: "application/x-bz2");
        yield return new("cut off in the middle of bzip2", Convert.FromHexString("425A6839314159265359"), Compression: "application/x-bz2");
        yield return new("compressed with lzma without being so", Encoding.UTF8.GetBytes(envelope), Compression: "application/x-lzma");
        yield return new("cut off in the middle of lzma", Convert.FromHexString("FD377A585A000004E6D6B4460200"), Compression: "application/x-lzma");
        yield return new("compressed in a way that nobody knows", Encoding.UTF8.GetBytes(envelope), Compression: "application/x-unknown");
    }

    public static IReadOnlyList<MalformedMessage> Requests { get; } =
    [
        .. OfAnyKind("""{"method": "record", "args": {"n": 1}, "_unique_id": "00000000000000000000000000000001"}"""),
        Json("method that is null", Enveloped("""{"method": null, "args": {}}""")),
        Json("method that is a number", Enveloped("""{"method": 5, "args": {}}""")),
        Json("arguments that are a list", Enveloped("""{"method": "record", "args": [1]}""")),
        Json("arguments that are null", Enveloped("""{"method": "record", "args": null}""")),
        Json("version that is no version", Enveloped("""{"method": "record", "args": {}, "version": "one"}""")),
        Json("call without a reply queue", Enveloped("""{"method": "ping", "args": {}, "_msg_id": "00000000000000000000000000000002"}""")),
        Json("call to a reply queue that is not there", Enveloped("""{"method": "ping", "args": {}, "_msg_id": "00000000000000000000000000000003", "_reply_q": "reply_of_nobody"}""")),
        Json("call that wants heartbeats every text", Enveloped("""{"method": "record", "args": {}, "_msg_id": "00000000000000000000000000000004", "_reply_q": "reply_of_nobody", "_timeout": "soon"}""")),
    ];

    public static IReadOnlyList<MalformedMessage> Notifications { get; } =
    [
        .. OfAnyKind("""{"message_id": "1", "publisher_id": "p", "event_type": "e", "priority": "INFO", "payload": {}, "timestamp": "2026-11-23 12:00:00"}"""),
        Json("no priority", Enveloped("""{"message_id": "1", "publisher_id": "p", "event_type": "e", "payload": {}, "timestamp": "2026-11-23 12:00:00"}""")),
        Json("priority of nobody", Enveloped("""{"message_id": "1", "publisher_id": "p", "event_type": "e", "priority": "LOUD", "payload": {}, "timestamp": "t"}""")),
        Json("priority that is a number", Enveloped("""{"message_id": "1", "publisher_id": "p", "event_type": "e", "priority": 1, "payload": {}, "timestamp": "t"}""")),
        Json("no payload", Enveloped("""{"message_id": "1", "publisher_id": "p", "event_type": "e", "priority": "INFO", "timestamp": "t"}""")),
        Json("no publisher", Enveloped("""{"message_id": "1", "event_type": "e", "priority": "INFO", "payload": {}, "timestamp": "t"}""")),
        Json("no timestamp", Enveloped("""{"message_id": "1", "publisher_id": "p", "event_type": "e", "priority": "INFO", "payload": {}}""")),
    ];

    public static IReadOnlyList<MalformedMessage> Replies { get; } =
    [
        .. OfAnyKind("""{"result": 1, "failure": null, "ending": true, "_msg_id": "00000000000000000000000000000001", "_unique_id": "00000000000000000000000000000009"}"""),
        Json("reply to nobody's call", Enveloped("""{"result": 1, "failure": null, "ending": true, "_msg_id": "00000000000000000000000000000005", "_unique_id": "00000000000000000000000000000008"}""")),
        Json("reply whose failure is no JSON", Enveloped("""{"result": null, "failure": "{broken", "ending": true, "_msg_id": "00000000000000000000000000000006", "_unique_id": "00000000000000000000000000000007"}""")),
        Json("reply without a call", Enveloped("""{"result": 1, "failure": null, "ending": true}""")),
    ];

    public async Task PublishAsync(IChannel channel, string exchange, string routingKey, CancellationToken cancellationToken)
    {
        BasicProperties properties = new() { DeliveryMode = DeliveryModes.Persistent };
        if (ContentType is not null)
        {
            properties.ContentType = ContentType;
            properties.ContentEncoding = "utf-8";
        }

        if (Compression is not null)
        {
            properties.Headers = new Dictionary<string, object?> { ["compression"] = Compression };
        }

        await channel.BasicPublishAsync(exchange, routingKey, mandatory: true, properties, Body, cancellationToken);
    }

    public override string ToString() => Name;

    private static MalformedMessage Json(string name, string body) => new(name, Encoding.UTF8.GetBytes(body));

    private static string Enveloped(string message) =>
        new JsonObject { ["oslo.version"] = "2.0", ["oslo.message"] = message }.ToJsonString();

    private static string Nested() =>
        "{\"method\": \"record\", \"args\": {\"n\": " + new string('[', Deep) + new string(']', Deep) + "}}";
}
