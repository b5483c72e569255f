namespace Twinbus.Hosts.RabbitMq.Cluster;

/// <summary>
/// What happens to the replicas of queues when members come or go. Pure: it is asked before anything is touched, and
/// again before each step.
/// </summary>
/// <param name="Members">The members that the cluster shall have.</param>
/// <param name="Running">The nodes that run now.</param>
/// <param name="Replicas">Replicas that a quorum queue shall have at least.</param>
internal sealed record QuorumPlan(IReadOnlyList<string> Members, IReadOnlySet<string> Running, int Replicas)
{
    // A majority is never gained by an even replica.
    private int Wanted => Math.Min(Replicas, Members.Count % 2 == 0 ? Math.Max(1, Members.Count - 1) : Members.Count);

    /// <summary>Whether <paramref name="member"/> shall take on a replica of <paramref name="queue"/>.</summary>
    public bool Lacks(ClusterQueue queue, string member) =>
        queue.Type == "quorum" && Running.Contains(member) && Newcomers(queue).Contains(member);

    /// <summary>Why these nodes must not leave, one reason a queue; empty when they may.</summary>
    /// <param name="leaving">Members that the plan does not have any more.</param>
    /// <param name="queues">All queues.</param>
    public IEnumerable<string> Objections(IReadOnlyCollection<string> leaving, IEnumerable<ClusterQueue> queues)
    {
        foreach (var queue in queues)
        {
            if (!queue.IsReplicated)
            {
                if (queue is { Durable: true, Messages: > 0 } && leaving.Contains(queue.Node))
                {
                    yield return $"queue {queue} has {queue.Messages} messages on {queue.Node} and no replica elsewhere";
                }

                continue;
            }

            if (!queue.Members.Any(leaving.Contains))
            {
                continue;
            }

            if (!HasMajority(queue.Online.Count, queue.Members.Count))
            {
                yield return $"queue {queue} has no majority now: {queue.Online.Count} of its {queue.Members.Count} replicas run";
                continue;
            }

            string[] staying = queue.Type == "quorum"
                ? [.. queue.Members.Where(Members.Contains), .. Newcomers(queue).Where(Running.Contains)]
                : [.. queue.Members.Where(Members.Contains)];
            var alive = staying.Count(Running.Contains);
            if (!HasMajority(alive, staying.Length))
            {
                yield return $"queue {queue} would lose its majority: {alive} of its {staying.Length} remaining replicas run";
            }
        }
    }

    // In the order of the plan, so that every member comes to the same answer.
    private IEnumerable<string> Newcomers(ClusterQueue queue)
    {
        var staying = queue.Members.Count(Members.Contains);
        return Members.Where(m => !queue.Members.Contains(m) && Running.Contains(m)).Take(Math.Max(0, Wanted - staying));
    }

    private static bool HasMajority(int alive, int all) => alive * 2 > all;
}
