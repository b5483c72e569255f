using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Twinbus.Messaging.Rpc;

/// <summary>
/// An exception as it crosses the wire:
/// <c>{"class","module","message","tb":[...],"args":[...],"kwargs":{...}}</c>, a JSON text inside the reply's JSON.
/// </summary>
public sealed record RpcFailure
{
    private const string RemoteSuffix = "_Remote";
    private static readonly JsonElement EmptyArray = Element("[]");
    private static readonly JsonElement EmptyObject = Element("{}");

    /// <summary>The exception's class, such as <c>ValueError</c>.</summary>
    public required string Class { get; init; }

    /// <summary>The class's module, such as <c>builtins</c> or <c>nova.exception</c>.</summary>
    public required string Module { get; init; }

    /// <summary>The exception's text.</summary>
    public string Message { get; init; } = "";

    /// <summary>The server's traceback, line by line. For logs, not for users.</summary>
    public ImmutableArray<string> Traceback { get; init; } = [];

    /// <summary>Positional arguments to make the exception again: a JSON array.</summary>
    public JsonElement Arguments { get; init; } = EmptyArray;

    /// <summary>Named arguments to make the exception again: a JSON object.</summary>
    public JsonElement KeywordArguments { get; init; } = EmptyObject;

    /// <summary>Reads a failure. One that cannot be read is not lost: its text becomes the message.</summary>
    public static RpcFailure Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using var document = Wire.PythonJson.ParseDocument(Normalized(json));
            return document.RootElement.ValueKind == JsonValueKind.Object ? Read(document.RootElement) : Unreadable(json);
        }
        catch (JsonException)
        {
            return Unreadable(json);
        }
    }

    /// <summary>The failure's JSON text. Names ending in <c>_Remote</c> lose that: they came from another server.</summary>
    public string ToJson()
    {
        using var buffer = Wire.PooledBuffer.Rent();
        var writer = buffer.BeginJson();
        bool isRemote = Class.EndsWith(RemoteSuffix, StringComparison.Ordinal)
            && Module.EndsWith(RemoteSuffix, StringComparison.Ordinal);
        writer.WriteStartObject();
        writer.WriteString("class"u8, isRemote ? Class[..^RemoteSuffix.Length] : Class);
        writer.WriteString("module"u8, isRemote ? Module[..^RemoteSuffix.Length] : Module);
        writer.WriteString("message"u8, Message);
        writer.WriteStartArray("tb"u8);
        foreach (string line in Traceback)
        {
            writer.WriteStringValue(line);
        }

        writer.WriteEndArray();
        writer.WritePropertyName("args"u8);
        Arguments.WriteTo(writer);
        writer.WritePropertyName("kwargs"u8);
        KeywordArguments.WriteTo(writer);
        writer.WriteEndObject();
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    internal static JsonElement TextArray(string text)
    {
        using var buffer = Wire.PooledBuffer.Rent();
        var writer = buffer.BeginJson();
        writer.WriteStartArray();
        writer.WriteStringValue(text);
        writer.WriteEndArray();
        writer.Flush();
        using var document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }

    private static RpcFailure Read(JsonElement root) => new()
    {
        Class = Text(root, "class") ?? "Exception",
        Module = Text(root, "module") ?? "",
        Message = Text(root, "message") ?? "",
        Traceback = root.TryGetProperty("tb", out JsonElement lines) && lines.ValueKind == JsonValueKind.Array
            ? [.. lines.EnumerateArray().Select(line => Text(line) ?? line.GetRawText())]
            : [],
        Arguments = Member(root, "args", JsonValueKind.Array, EmptyArray),
        KeywordArguments = Member(root, "kwargs", JsonValueKind.Object, EmptyObject),
    };

    private static RpcFailure Unreadable(string text) => new() { Class = "Exception", Module = "", Message = text };

    private static string Normalized(string json)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(json);
        if (!Wire.PythonJson.MayHoldLiterals(bytes))
        {
            return json;
        }

        using var normalized = Wire.PooledBuffer.Rent(bytes.Length + 64);
        Wire.PythonJson.Normalize(bytes, normalized);
        return Encoding.UTF8.GetString(normalized.WrittenSpan);
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) ? Text(value) : null;

    private static string? Text(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? Wire.JsonText.Of(value) : null;

    private static JsonElement Member(JsonElement root, string name, JsonValueKind kind, JsonElement otherwise) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind == kind ? value.Clone() : otherwise;

    private static JsonElement Element(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
