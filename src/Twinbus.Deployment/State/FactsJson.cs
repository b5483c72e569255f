using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Twinbus.Hosts.Plans;

namespace Twinbus.Deployment.State;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ImmutableDictionary<string, HostFacts>))]
[JsonSerializable(typeof(ImmutableSortedDictionary<string, HostFacts>))]
internal sealed partial class FactsJson : JsonSerializerContext;
