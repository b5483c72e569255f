using System.Globalization;

namespace Twinbus.Soak;

/// <summary>A member as itself sees its cluster.</summary>
/// <param name="Host">Its host.</param>
/// <param name="Running">How many members run, by its word; 0 when it does not answer.</param>
/// <param name="Partitions">From how many it believes to have been parted since it started.</param>
/// <param name="Accepts">Whether clients can connect to it: one that was paused has come back without its listeners.</param>
internal sealed record Member(string Host, int Running, int Partitions, bool Accepts)
{
    /// <summary>Erlang that says it, asked of the member.</summary>
    public const string Question = "{length(rabbit_nodes:all_running()), length(rabbit_node_monitor:partitions())}.";

    /// <summary>Reads the answer.</summary>
    /// <exception cref="InvalidOperationException">It is another one.</exception>
    public static Member Parse(string host, string answer, bool accepts) => answer.Trim('{', '}').Split(',') is [var running, var partitions]
        && int.TryParse(running, NumberStyles.None, CultureInfo.InvariantCulture, out var seen)
        && int.TryParse(partitions, NumberStyles.None, CultureInfo.InvariantCulture, out var parted)
        ? new Member(host, seen, parted, accepts)
        : throw new InvalidOperationException($"{host} answers {answer}");
}

/// <summary>A cluster as its members see it.</summary>
internal sealed record ClusterState(IReadOnlyList<Member> Members)
{
    /// <summary>Whether every member sees all of them run, none as parted, and takes clients.</summary>
    public bool IsWhole => Members.Count == SoakSite.Hosts.Count && Members.All(member => member.Running == Members.Count && member is { Partitions: 0, Accepts: true });

    /// <summary>Whether members go on side by side with data of their own: it does not end by itself under <c>pause_minority</c>.</summary>
    public bool IsSplit => Members.Any(member => member.Partitions > 0);

    /// <summary>Whom an operator restarts: a parted member, the one that was hit if it is one of them; else those that do not answer or take no clients.</summary>
    /// <param name="victim">Who was hit.</param>
    public IReadOnlyList<string> ToRestart(string victim)
    {
        var parted = Members.Where(member => member.Partitions > 0).Select(member => member.Host).ToList();
        return parted.Contains(victim) ? [victim]
            : parted.Count > 0 ? [parted[0]]
            : [.. Members.Where(member => member is { Running: 0 } or { Accepts: false }).Select(member => member.Host)];
    }

    public override string ToString() => string.Join(", ", Members.Select(member => member.Running == 0
        ? $"{member.Host} does not answer"
        : $"{member.Host} sees {member.Running}{(member.Partitions > 0 ? $" and {member.Partitions} parted" : "")}{(member.Accepts ? "" : " and takes no clients")}"));
}
