using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Twinbus.Messaging;

/// <summary>
/// The request context that travels with every message: who asks, on behalf of which project, with which request id.
/// An immutable list of names and JSON values; on the wire each is a key <c>_context_&lt;name&gt;</c>.
/// </summary>
[SuppressMessage("Naming", "CA1710", Justification = "The field's word is context; that it can be read like a dictionary is second.")]
public sealed class MessageContext : IReadOnlyDictionary<string, JsonElement>
{
    private readonly KeyValuePair<string, JsonElement>[] entries;

    internal MessageContext(KeyValuePair<string, JsonElement>[] entries) => this.entries = entries;

    /// <summary>No context.</summary>
    public static MessageContext Empty { get; } = new([]);

    /// <inheritdoc/>
    public int Count => entries.Length;

    /// <inheritdoc/>
    public IEnumerable<string> Keys => entries.Select(entry => entry.Key);

    /// <inheritdoc/>
    public IEnumerable<JsonElement> Values => entries.Select(entry => entry.Value);

    /// <inheritdoc/>
    public JsonElement this[string key] => TryGetValue(key, out JsonElement value)
        ? value
        : throw new KeyNotFoundException($"The message context has no '{key}'.");

    /// <summary>A context with the object's members.</summary>
    public static MessageContext From(JsonObject members)
    {
        ArgumentNullException.ThrowIfNull(members);
        var entries = new KeyValuePair<string, JsonElement>[members.Count];
        int i = 0;
        foreach ((string name, JsonNode? value) in members)
        {
            entries[i++] = new(name, ToElement(value));
        }

        return new(entries);
    }

    /// <summary>This context with one entry set; null is kept as JSON's null.</summary>
    public MessageContext With(string name, JsonNode? value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var kept = entries.Where(entry => entry.Key != name);
        return new([.. kept, new(name, ToElement(value))]);
    }

    /// <summary>The text of an entry; null when it is absent or no string.</summary>
    public string? GetString(string name) =>
        TryGetValue(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? Wire.JsonText.Of(value)
            : null;

    /// <inheritdoc/>
    public bool ContainsKey(string key) => TryGetValue(key, out _);

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out JsonElement value)
    {
        // A context has a dozen entries at most: a walk beats a table.
        foreach (ref readonly var entry in entries.AsSpan())
        {
            if (entry.Key == key)
            {
                value = entry.Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, JsonElement>> GetEnumerator() =>
        ((IEnumerable<KeyValuePair<string, JsonElement>>)entries).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The entries with these names.</summary>
    internal MessageContext Only(IReadOnlySet<string> names) => Array.TrueForAll(entries, entry => names.Contains(entry.Key))
        ? this
        : new([.. entries.Where(entry => names.Contains(entry.Key))]);

    internal ReadOnlySpan<KeyValuePair<string, JsonElement>> AsSpan() => entries;

    private static JsonElement ToElement(JsonNode? value)
    {
        using var document = Wire.PythonJson.ParseDocument(value?.ToJsonString() ?? "null");
        return document.RootElement.Clone();
    }
}
