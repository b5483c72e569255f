using System.Globalization;
using System.Text.RegularExpressions;

namespace Twinbus.Soak;

/// <summary>A member as itself sees its cluster.</summary>
/// <param name="Host">Its host.</param>
/// <param name="Running">How many members run, by its word; 0 when it does not answer.</param>
/// <param name="Partitions">From how many it believes to have been parted since it started.</param>
internal sealed record Member(string Host, int Running, int Partitions);

/// <summary>A cluster as its members see it.</summary>
internal sealed partial record ClusterState(IReadOnlyList<Member> Members)
{
    /// <summary>Erlang that says it of all members, asked of one.</summary>
    public const string Question =
        "[{N, case rpc:call(N, rabbit_nodes, all_running, [], 5000) of R when is_list(R) -> length(R); _ -> 0 end, "
        + "case rpc:call(N, rabbit_node_monitor, partitions, [], 5000) of P when is_list(P) -> length(P); _ -> 0 end} || N <- rabbit_mnesia:cluster_nodes(all)].";

    /// <summary>Whether every member sees all of them run and none as parted.</summary>
    public bool IsWhole => Members.Count == SoakSite.Hosts.Count && Members.All(member => member.Running == Members.Count && member.Partitions == 0);

    /// <summary>Whether members go on side by side with data of their own: it does not end by itself under <c>pause_minority</c>.</summary>
    public bool IsSplit => Members.Any(member => member.Partitions > 0);

    /// <summary>Reads the answer.</summary>
    public static ClusterState Parse(string answer) => new(
    [
        .. Tuple().Matches(answer).Select(match => new Member(match.Groups[1].Value, Number(match.Groups[2]), Number(match.Groups[3]))).OrderBy(member => member.Host),
    ]);

    /// <summary>Whom an operator restarts: a parted member, the one that was hit if it is one of them; else those that do not see all.</summary>
    /// <param name="victim">Who was hit.</param>
    public IReadOnlyList<string> ToRestart(string victim)
    {
        var parted = Members.Where(member => member.Partitions > 0).Select(member => member.Host).ToList();
        return parted.Contains(victim) ? [victim]
            : parted.Count > 0 ? [parted[0]]
            : [.. SoakSite.Hosts.Where(host => Members.FirstOrDefault(member => member.Host == host) is not { } known || known.Running == 0)];
    }

    public override string ToString() => Members.Count == 0
        ? "nobody answers"
        : string.Join(", ", Members.Select(member => $"{member.Host} sees {member.Running}{(member.Partitions > 0 ? $" and {member.Partitions} parted" : "")}"));

    private static int Number(Group group) => int.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"@(h\d+)[^,{}]*,\s*(\d+),\s*(\d+)")]
    private static partial Regex Tuple();
}
