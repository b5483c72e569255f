using System.Text.Json.Serialization;

namespace Twinbus.Hosts.Convergence;

/// <summary>A member of a cluster as another one sees it (<c>GET /api/nodes</c>).</summary>
internal sealed record BrokerMember
{
    public required string Name { get; init; }

    public bool Running { get; init; }

    public IReadOnlyList<string> Partitions { get; init; } = [];
}

/// <summary>A queue, as far as a cluster's changes concern it (<c>GET /api/queues</c>).</summary>
internal sealed record BrokerQueue
{
    public required string Name { get; init; }

    public required string Vhost { get; init; }

    public string Type { get; init; } = "classic";

    public bool Durable { get; init; }

    public bool Exclusive { get; init; }

    public long Messages { get; init; }

    /// <summary>Where it lives, or its leader.</summary>
    public string Node { get; init; } = "";

    /// <summary>The nodes with a replica; empty for a classic queue.</summary>
    public IReadOnlyList<string> Members { get; init; } = [];

    /// <summary>Those of them that run.</summary>
    public IReadOnlyList<string> Online { get; init; } = [];

    [JsonIgnore]
    public bool IsReplicated => Type is "quorum" or "stream";

    public override string ToString() => $"{Name} in {Vhost}";
}

/// <summary>What a health check of the management API says.</summary>
internal sealed record BrokerHealth
{
    public string Status { get; init; } = "";

    public string Reason { get; init; } = "";

    public IReadOnlyList<BrokerHealthQueue> Queues { get; init; } = [];
}

internal sealed record BrokerHealthQueue
{
    [JsonPropertyName("readable_name")]
    public string ReadableName { get; init; } = "";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IReadOnlyList<BrokerMember>))]
[JsonSerializable(typeof(IReadOnlyList<BrokerQueue>))]
[JsonSerializable(typeof(BrokerHealth))]
internal sealed partial class ClusterJson : JsonSerializerContext;

/// <summary>What a cluster looks like from one of its members.</summary>
internal static class BrokerCluster
{
    private const string QueueColumns = "name,vhost,type,durable,exclusive,messages,node,members,online";

    /// <summary>All members, running or not; null when the broker cannot be read.</summary>
    public static ValueTask<IReadOnlyList<BrokerMember>?> FindMembersAsync(this Broker broker, CancellationToken cancellationToken) =>
        broker.FindAsync("nodes?columns=name,running,partitions", ClusterJson.Default.IReadOnlyListBrokerMember, cancellationToken);

    /// <summary>All queues; null when the broker cannot be read.</summary>
    public static ValueTask<IReadOnlyList<BrokerQueue>?> FindQueuesAsync(this Broker broker, CancellationToken cancellationToken) =>
        broker.FindAsync("queues?columns=" + QueueColumns, ClusterJson.Default.IReadOnlyListBrokerQueue, cancellationToken);

    /// <summary>Whether a queue would lose its majority if this node stopped; null when the broker cannot be read.</summary>
    public static ValueTask<BrokerHealth?> FindCriticalQueuesAsync(this Broker broker, CancellationToken cancellationToken) =>
        broker.FindAsync("health/checks/node-is-quorum-critical", ClusterJson.Default.BrokerHealth, cancellationToken);
}
