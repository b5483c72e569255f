using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Twinbus.Hosts.Running;

namespace Twinbus.Deployment.State;

/// <summary>The text of facts.json. Nothing depends on it: what cannot be read, or is another version's, is as good as nothing.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(KeptFacts))]
internal sealed partial class FactsJson : JsonSerializerContext
{
    private static readonly FileFormat Kept = new("twinbus-facts", 1);

    public static byte[] Write(ImmutableDictionary<string, HostFacts> facts) => JsonSerializer.SerializeToUtf8Bytes(
        new KeptFacts(Kept.Name, Kept.Version, facts.ToImmutableSortedDictionary(StringComparer.Ordinal)), Default.KeptFacts);

    public static ImmutableDictionary<string, HostFacts> Read(byte[] text)
    {
        try
        {
            return FileFormat.HeadOf(text) == (Kept.Name, Kept.Version)
                ? JsonSerializer.Deserialize(text, Default.KeptFacts)?.Hosts?.ToImmutableDictionary() ?? ImmutableDictionary<string, HostFacts>.Empty
                : ImmutableDictionary<string, HostFacts>.Empty;
        }
        catch (JsonException)
        {
            return ImmutableDictionary<string, HostFacts>.Empty;
        }
    }
}
