namespace Twinbus.Hosts.RabbitMq.Cluster;

/// <summary>A member of a cluster as another one sees it (<c>GET /api/nodes</c>).</summary>
internal sealed record ClusterMember
{
    public required string Name { get; init; }

    public bool Running { get; init; }

    public IReadOnlyList<string> Partitions { get; init; } = [];
}
