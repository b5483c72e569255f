using System.Text.Json.Serialization;
using Twinbus.Hosts.Kinds.Services;
using Twinbus.Hosts.RabbitMq.Management;

namespace Twinbus.Hosts.RabbitMq.Cluster;

/// <summary>
/// The cluster that a RabbitMQ node belongs to, and how this host looks into it. A member is restarted only while that costs
/// no queue its majority.
/// </summary>
public sealed record RabbitMqMembership : RestartGuard
{
    /// <summary><c>rabbitmq-membership</c></summary>
    public const string KindName = "rabbitmq-membership";

    // Members that start at the same time may die of a race among themselves: RabbitMQ 3.10 does when another asks a node for
    // its feature flags that does not know them yet. Whoever keeps the service running starts it again.
    private const int CrashesAmongOthers = 2;

    /// <summary>This host's own node, with its command line.</summary>
    public required RabbitMqManagement Management { get; init; }

    /// <summary>
    /// Node names of all members, at least one. The first one's cluster is the cluster: a node that strayed from it joins
    /// it, never the other way round, so the order stays when hosts come and go.
    /// </summary>
    public required IReadOnlyList<string> Members { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Group => Management.Instance;

    /// <inheritdoc/>
    [JsonIgnore]
    public override int CrashesTolerated => CrashesAmongOthers;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string StartAdvice =>
        $"Members of a cluster that were all down wait for each other: see that {string.Join(", ", Members)} run, then run this again. If one of them is gone for good: docs/guide/clusters.md, after a power cut.";

    /// <inheritdoc/>
    [JsonIgnore]
    public override SharedFile? SharedFile => Members.Count < 2 || Management.Node is not { } node
        ? null
        : new SharedFile(
            node.Cookie,
            $"Cluster {Management.Instance} runs with another cookie than this deployment has for it, and is left as it is.",
            "It was deployed from another deployment directory or machine, or RabbitCookie was changed. Members with different cookies do not talk to each other: the first one to restart would not come back.",
            $"Deploy from where it was deployed before, or use another deployment directory (-d) for a deployment of its own. To take this one over, give RabbitCookie, in an environment file, what {node.Cookie} on its hosts holds.");
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(RabbitMqMembership))]
internal sealed partial class MembershipJson : JsonSerializerContext;
