using Twinbus.Hosts.RabbitMq.Management;

namespace Twinbus.Hosts.RabbitMq.Cluster;

/// <summary>A cluster as one of its members sees it, and how that differs from the plan.</summary>
internal sealed class ClusterView
{
    private const int NamedObjections = 5;

    private readonly RabbitMqClusterResource resource;

    private ClusterView(RabbitMqClusterResource resource, IReadOnlyList<ClusterMember> members, IReadOnlyList<ClusterQueue> queues)
    {
        this.resource = resource;
        Members = members;
        Queues = queues;
        Quorum = new QuorumPlan(
            resource.Membership.Members, members.Where(m => m.Running).Select(m => m.Name).ToHashSet(), resource.Replicas);
    }

    public IReadOnlyList<ClusterQueue> Queues { get; }

    /// <summary>All members, running or not.</summary>
    public IReadOnlyList<ClusterMember> Members { get; }

    public QuorumPlan Quorum { get; }

    /// <summary>Whether this node is in another cluster than the first member's, most likely one of its own.</summary>
    public bool Strays => Members.All(m => m.Name != Wanted[0]);

    /// <summary>Members that the plan does not have any more.</summary>
    public IReadOnlyList<string> Leaving =>
        Strays || !resource.Provisions ? [] : [.. Members.Select(m => m.Name).Where(name => !Wanted.Contains(name)).Order(StringComparer.Ordinal)];

    /// <summary>Members that belong here and do not run.</summary>
    public IReadOnlyList<string> Down => [.. Members.Where(m => !m.Running && Wanted.Contains(m.Name)).Select(m => m.Name)];

    /// <summary>Queues that this host's node shall take on a replica of.</summary>
    public IReadOnlyList<ClusterQueue> Lacking(string member) => Strays ? [] : [.. Queues.Where(q => Quorum.Lacks(q, member))];

    private IReadOnlyList<string> Wanted => resource.Membership.Members;

    private string Own => resource.Management.Node!.NodeName;

    /// <summary>The cluster as this host's node sees it; null when its management API cannot be read.</summary>
    public static async ValueTask<ClusterView?> FindAsync(
        RabbitMqClusterResource resource, ManagementApi broker, CancellationToken cancellationToken) =>
        await broker.FindMembersAsync(cancellationToken).ConfigureAwait(false) is { } members
        && await broker.FindQueuesAsync(cancellationToken).ConfigureAwait(false) is { } queues
            ? new ClusterView(resource, members, queues)
            : null;

    /// <summary>How it differs from the plan, in plain phrases.</summary>
    public IEnumerable<string> Differences()
    {
        if (Strays)
        {
            yield return $"joined {Wanted[0]}: it was in no cluster with it";
            yield break;
        }

        foreach (var name in Leaving)
        {
            yield return $"{name} let go: it left the plan";
        }

        if (resource.Provisions)
        {
            foreach (var name in Down)
            {
                yield return $"{name} awaited: it did not run";
            }
        }

        if (Lacking(Own) is { Count: > 0 } queues)
        {
            yield return $"replicas of {queues.Count} {(queues.Count == 1 ? "queue" : "queues")} added here";
        }
    }

    /// <exception cref="HostException">What the plan asks for would lose messages, or a queue's majority.</exception>
    public void ThrowIfRefused()
    {
        string[] objections = Strays
            ? [.. Queues.Where(q => q is { Durable: true, Messages: > 0 })
                .Select(q => $"queue {q} has {q.Messages} messages, which joining {Wanted[0]} would delete")]
            : Leaving.Count > 0 ? [.. Quorum.Objections(Leaving, Queues)] : [];
        if (objections.Length == 0)
        {
            return;
        }

        var more = objections.Length - NamedObjections;
        throw new HostException(
            HostFailureReason.Refused,
            Strays
                ? $"{Own} is not in the cluster of {Wanted[0]}, and is not put there."
                : $"Cluster {resource.Management.Instance} does not let go of {string.Join(", ", Leaving)}.",
            string.Join('\n', [.. objections.Take(NamedObjections), .. more > 0 ? (string[])[$"and {more} more"] : []]),
            Strays
                ? "Consume or delete those messages, then run this again."
                : "Bring the members that stay back first, or consume or delete those queues; then run this again.");
    }
}
