using System.Text.Json.Serialization;
using Twinbus.Hosts.Plans;

namespace Twinbus.Hosts.Kinds.Ports;

/// <summary>
/// The ports that a service has on a host, whether it runs or not: no other deployment is given them. They are reserved
/// before anything is made, which is refused when another deployment has one of the ports.
/// </summary>
public sealed record PortReservationResource : Resource
{
    /// <summary><c>port-reservation</c></summary>
    public const string KindName = "port-reservation";

    /// <summary>The service, by its unit's name without <c>.service</c>.</summary>
    public required string Unit { get; init; }

    /// <summary>The ports, lowest first.</summary>
    public required IReadOnlyList<PortRange> Ports { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => KindName;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Name => Unit;
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(PortReservationResource))]
internal sealed partial class PortReservationJson : JsonSerializerContext;
