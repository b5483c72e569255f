using System.Text.Json;
using System.Text.Json.Serialization;

namespace Twinbus.Hosts.Running;

/// <summary>The lines between runner and agent: the one JSON that carries secrets, and only by standard input.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    AllowOutOfOrderMetadataProperties = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AgentRequest))]
[JsonSerializable(typeof(AgentCommand))]
[JsonSerializable(typeof(HostPlan))]
[JsonSerializable(typeof(HostEvent))]
internal sealed partial class WireJson : JsonSerializerContext
{
    /// <summary>The context to use: it reveals secrets, which the type's own converter never does.</summary>
    public static WireJson Revealing => revealing ??= new WireJson(
        new JsonSerializerOptions(Default.Options) { Converters = { new RevealingConverter() } });

    private static WireJson? revealing;

    private sealed class RevealingConverter : JsonConverter<Secret>
    {
        public override Secret Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(reader.GetString() ?? throw new JsonException("A secret is null."));

        public override void Write(Utf8JsonWriter writer, Secret value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.Reveal());
    }
}
