using System.IO.Compression;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Text.Unicode;

namespace Twinbus.Messaging.Interop.Wire;

/// <summary>What a client said in one conversation, as text: kept as golden files, compared without what differs in each run.</summary>
internal static partial class Transcript
{
    private static readonly JsonSerializerOptions Layout = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>All of it, to the byte: the form that is kept.</summary>
    public static string Write(IEnumerable<Capture> captures) =>
        new JsonArray([.. captures.Select(ToJson)]).ToJsonString(Layout) + "\n";

    /// <summary>The captures of a kept transcript.</summary>
    public static IReadOnlyList<Capture> Read(string text) =>
    [
        .. JsonNode.Parse(text)!.AsArray().Select(item => new Capture(
            (string)item!["method"]!,
            item["arguments"]!.DeepClone().AsObject(),
            item["properties"]?.DeepClone().AsObject(),
            ReadBody(item))),
    ];

    /// <summary>
    /// One line for each capture, with ids, times, host and process names replaced by what they are, and with the JSON of
    /// a body written in one way (its order of keys kept). An envelope's message is shown as the JSON that it holds.
    /// </summary>
    public static IEnumerable<string> Normalize(IEnumerable<Capture> captures) =>
        captures.Select(capture => Anonymous(ToJson(capture with { Body = null }).ToJsonString())
            + (capture.Body is null ? "" : " " + NormalizeBody(Decompressed(capture))));

    /// <summary>A body in the form in which two bodies of one meaning and one order of keys are equal.</summary>
    public static string NormalizeBody(byte[] body)
    {
        JsonNode? json = JsonNode.Parse(body);
        if (json is JsonObject envelope && envelope["oslo.message"] is JsonValue message)
        {
            JsonNode? inner = JsonNode.Parse(Finite((string)message!));
            envelope["oslo.message"] = inner;
            if (inner is JsonObject reply && reply["failure"] is JsonValue failure)
            {
                JsonNode told = JsonNode.Parse((string)failure!)!;
                told["tb"] = "<traceback>";
                reply["failure"] = told;
            }
        }

        return Anonymous(json!.ToJsonString(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    // Python's JSON has words for what JSON has none; a strict parser compares them as strings.
    private static string Finite(string json) => NotFinite().Replace(json, "$1\"$2\"");

    private static byte[]? ReadBody(JsonNode capture) =>
        capture["body"] is { } text ? Encoding.UTF8.GetBytes((string)text!)
        : capture["body_base64"] is { } base64 ? Convert.FromBase64String((string)base64!)
        : null;

    private static byte[] Decompressed(Capture capture)
    {
        if (capture.Properties?["headers"]?["compression"] is null)
        {
            return capture.Body!;
        }

        using ZLibStream compressed = new(new MemoryStream(capture.Body!), CompressionMode.Decompress);
        using MemoryStream plain = new();
        compressed.CopyTo(plain);
        return plain.ToArray();
    }

    private static JsonNode ToJson(Capture capture)
    {
        JsonObject item = new() { ["method"] = capture.Method, ["arguments"] = capture.Arguments.DeepClone() };
        if (capture.Properties is not null)
        {
            item["properties"] = capture.Properties.DeepClone();
        }

        if (capture.Body is not null)
        {
            if (Utf8.IsValid(capture.Body))
            {
                item["body"] = Encoding.UTF8.GetString(capture.Body);
            }
            else
            {
                item["body_base64"] = Convert.ToBase64String(capture.Body);
            }
        }

        return item;
    }

    private static string Anonymous(string text)
    {
        text = Uuid().Replace(text, "<uuid>");
        text = Id().Replace(text, "<id>");
        text = Time().Replace(text, "<time>");
        return ConsumerTag().Replace(text, "<tag>");
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Uuid();

    // Given in the order in which a listener happens to walk its priorities.
    [GeneratedRegex("""(?<="consumer_tag":")[^"]*""")]
    private static partial Regex ConsumerTag();

    [GeneratedRegex("[0-9a-f]{32}")]
    private static partial Regex Id();

    [GeneratedRegex(@"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6})?")]
    private static partial Regex Time();

    [GeneratedRegex(@"([:\[,] ?)(NaN|-?Infinity)(?=[,\]}])")]
    private static partial Regex NotFinite();
}
