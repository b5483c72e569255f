using System.Text.Json.Serialization;
using Twinbus.Hosts.RabbitMq.Management;

namespace Twinbus.Hosts.RabbitMq.Cluster;

/// <summary>What a health check of the management API says.</summary>
internal sealed record QuorumHealth
{
    public string Status { get; init; } = "";

    public string Reason { get; init; } = "";

    public IReadOnlyList<QuorumHealthQueue> Queues { get; init; } = [];
}

internal sealed record QuorumHealthQueue
{
    [JsonPropertyName("readable_name")]
    public string ReadableName { get; init; } = "";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IReadOnlyList<ClusterMember>))]
[JsonSerializable(typeof(IReadOnlyList<ClusterQueue>))]
[JsonSerializable(typeof(QuorumHealth))]
internal sealed partial class ClusterReadingsJson : JsonSerializerContext;

/// <summary>What a cluster looks like from one of its members.</summary>
internal static class ClusterReadings
{
    private const string QueueColumns = "name,vhost,type,durable,exclusive,messages,node,members,online";

    /// <summary>All members, running or not; null when the broker cannot be read.</summary>
    public static ValueTask<IReadOnlyList<ClusterMember>?> FindMembersAsync(this ManagementApi broker, CancellationToken cancellationToken) =>
        broker.FindAsync("nodes?columns=name,running,partitions", ClusterReadingsJson.Default.IReadOnlyListClusterMember, cancellationToken);

    /// <summary>All queues; null when the broker cannot be read.</summary>
    public static ValueTask<IReadOnlyList<ClusterQueue>?> FindQueuesAsync(this ManagementApi broker, CancellationToken cancellationToken) =>
        broker.FindAsync("queues?columns=" + QueueColumns, ClusterReadingsJson.Default.IReadOnlyListClusterQueue, cancellationToken);

    /// <summary>Whether a queue would lose its majority if this node stopped; null when the broker cannot be read.</summary>
    public static ValueTask<QuorumHealth?> FindCriticalQueuesAsync(this ManagementApi broker, CancellationToken cancellationToken) =>
        broker.FindAsync("health/checks/node-is-quorum-critical", ClusterReadingsJson.Default.QuorumHealth, cancellationToken);
}
