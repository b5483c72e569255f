using System.Text.Json.Serialization;
using Twinbus.Hosts.Plans;

namespace Twinbus.Hosts.Kinds.Packages;

/// <summary>A package of the distribution, installed. A service that it would start or enable by itself is kept from both.</summary>
public sealed record PackageResource : Resource
{
    /// <summary><c>package</c></summary>
    public const string KindName = "package";

    /// <summary>The distribution's name of it, such as <c>redis-server</c>.</summary>
    public required string Package { get; init; }

    /// <summary>Units that its installation would start and enable; when this run installs the package they stay stopped and disabled.</summary>
    public IReadOnlyList<string> OwnUnits { get; init; } = [];

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => KindName;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Name => Package;
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(PackageResource))]
internal sealed partial class PackageJson : JsonSerializerContext;
