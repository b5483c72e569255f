using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Plans;

namespace Twinbus.Hosts.Agent;

/// <summary>The lines between runner and agent: the one JSON that carries secrets, and only by standard input.</summary>
internal sealed class AgentJson
{
    private readonly JsonSerializerOptions options;

    private AgentJson(ResourceKinds kinds, IEnumerable<JsonConverter> converters)
    {
        options = new JsonSerializerOptions(AgentJsonContext.Default.Options) { TypeInfoResolver = kinds.Resolve(AgentJsonContext.Default) };
        foreach (var converter in converters)
        {
            options.Converters.Add(converter);
        }
    }

    public JsonTypeInfo<AgentRequest> Request => Of<AgentRequest>();

    public JsonTypeInfo<AgentCommand> Command => Of<AgentCommand>();

    public JsonTypeInfo<HostEvent> Event => Of<HostEvent>();

    public JsonTypeInfo<HostPlan> Plan => Of<HostPlan>();

    /// <summary>The form to use: it reveals secrets, which the type's own converter never does.</summary>
    public static AgentJson Revealing(ResourceKinds kinds) => new(kinds, [new RevealingConverter()]);

    /// <summary>The same for whoever wants to look at it.</summary>
    public static AgentJson Redacted(ResourceKinds kinds) => new(kinds, []);

    private JsonTypeInfo<T> Of<T>() => (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));

    private sealed class RevealingConverter : JsonConverter<Secret>
    {
        public override Secret Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(reader.GetString() ?? throw new JsonException("A secret is null."));

        public override void Write(Utf8JsonWriter writer, Secret value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.Reveal());
    }
}

[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    AllowOutOfOrderMetadataProperties = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AgentRequest))]
[JsonSerializable(typeof(AgentCommand))]
[JsonSerializable(typeof(HostPlan))]
[JsonSerializable(typeof(HostEvent))]
internal sealed partial class AgentJsonContext : JsonSerializerContext;
