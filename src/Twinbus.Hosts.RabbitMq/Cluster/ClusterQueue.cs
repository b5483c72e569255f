using System.Text.Json.Serialization;

namespace Twinbus.Hosts.RabbitMq.Cluster;

/// <summary>A queue, as far as a cluster's changes concern it (<c>GET /api/queues</c>).</summary>
internal sealed record ClusterQueue
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
