using System.Text.Json;
using System.Text.Json.Serialization;

namespace Twinbus.Hosts;

/// <summary>
/// A value that must not be seen: a password, a private key. Its text form, its JSON form and its debugger
/// form are all <c>***</c>; <see cref="Reveal"/> is the one way to the value, so a search for it finds every use.
/// </summary>
/// <remarks>Only the wire to a host agent writes the value (<c>AgentJson</c>), and that goes by standard input.</remarks>
[JsonConverter(typeof(RedactingConverter))]
public sealed record Secret
{
    /// <summary>What a secret looks like wherever it is printed.</summary>
    public const string Redacted = "***";

    private readonly string value;

    /// <summary>Keeps <paramref name="value"/>, any text, out of sight.</summary>
    public Secret(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        this.value = value;
    }

    /// <summary>The value itself. Never pass it to an argument list, an environment variable, a log or an error.</summary>
    public string Reveal() => value;

    /// <inheritdoc/>
    public override string ToString() => Redacted;

    /// <summary>Writes <c>***</c>, and reads nothing.</summary>
    public sealed class RedactingConverter : JsonConverter<Secret>
    {
        /// <inheritdoc/>
        public override Secret? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new JsonException("A redacted secret cannot be read back; only the wire to a host agent carries secrets.");

        /// <inheritdoc/>
        public override void Write(Utf8JsonWriter writer, Secret value, JsonSerializerOptions options) =>
            (writer ?? throw new ArgumentNullException(nameof(writer))).WriteStringValue(Redacted);
    }
}
