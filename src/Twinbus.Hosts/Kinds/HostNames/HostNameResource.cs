using System.Text.Json.Serialization;
using Twinbus.Hosts.Plans;

namespace Twinbus.Hosts.Kinds.HostNames;

/// <summary>The name of a host that this one must find the address of. Nothing is changed for it: either it can, or it says so at once.</summary>
public sealed record HostNameResource : Resource
{
    /// <summary><c>host-name</c></summary>
    public const string KindName = "host-name";

    /// <summary>The name.</summary>
    public required string HostName { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => KindName;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Name => HostName;
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(HostNameResource))]
internal sealed partial class HostNameJson : JsonSerializerContext;
