using System.Text.Json;

namespace Twinbus.Hosts.Platform;

/// <summary>What a document of ours says it is; another version than the one that is known is refused, not guessed at.</summary>
/// <param name="Format">Such as <c>twinbus-ledger</c>; empty when it does not say.</param>
/// <param name="Version">From 1 on; 0 when it does not say.</param>
public readonly record struct DocumentHead(string Format, int Version)
{
    /// <summary>The head of a JSON document; null when it is none.</summary>
    /// <param name="document">The whole document.</param>
    public static DocumentHead? Read(ReadOnlySpan<byte> document)
    {
        try
        {
            var reader = new Utf8JsonReader(document);
            using var parsed = JsonDocument.ParseValue(ref reader);
            return Of(parsed.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Whether it is that format in that version.</summary>
    /// <param name="format">The format.</param>
    /// <param name="version">The version.</param>
    public bool Is(string format, int version) => (Format, Version) == (format, version);

    /// <summary>Such as <c>twinbus-ledger, version 1</c>.</summary>
    public override string ToString() => Format.Length == 0 ? "a document without a format" : $"{Format}, version {Version}";

    private static DocumentHead Of(JsonElement root) => root.ValueKind != JsonValueKind.Object
        ? default
        : new DocumentHead(
            root.TryGetProperty("format", out var format) && format.ValueKind == JsonValueKind.String ? format.GetString()! : "",
            root.TryGetProperty("version", out var version) && version.TryGetInt32(out var number) ? number : 0);
}
