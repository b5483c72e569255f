using System.Text.Json.Serialization;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.RabbitMq.Management;

namespace Twinbus.Hosts.RabbitMq.Cluster;

/// <summary>
/// A RabbitMQ node that is a member of exactly its cluster: one that strayed joins, one that left the plan is drained
/// and forgotten, and quorum queues have as many replicas as they shall. Nothing is done that would cost a queue its
/// majority.
/// </summary>
public sealed record RabbitMqClusterResource : Resource, IBrokerEntity
{
    /// <summary><c>rabbitmq-cluster</c></summary>
    public const string KindName = "rabbitmq-cluster";

    /// <summary>The cluster.</summary>
    public required RabbitMqMembership Membership { get; init; }

    /// <summary>Replicas that each quorum queue shall have at least, if there are so many members; 1 to 9, an odd number.</summary>
    public int Replicas { get; init; } = 3;

    /// <summary>
    /// Whether this host's plan carries what is inside the broker: virtual hosts, users. One member's does, since the
    /// others would only do the same again; it is also the one that forgets members.
    /// </summary>
    public required bool Provisions { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public RabbitMqManagement Management => Membership.Management;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => KindName;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Name => Management.Instance;

    /// <inheritdoc/>
    public override string? TakesTurnsIn(ResourceAction action) => Management.Instance;
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(RabbitMqClusterResource))]
internal sealed partial class ClusterJson : JsonSerializerContext;
