using System.Text.RegularExpressions;
using Xunit;

namespace Twinbus.Architecture.Tests;

/// <summary>
/// The rooms of a project, its first folders with all that is in them, use each other in one direction: whoever reads or changes
/// one has to know those below it and none above.
/// </summary>
public sealed partial class NamespaceCycleTests
{
    // Pairs that use each other today, in name order. The list may only shrink.
    private static readonly string[] Known =
    [
        "Twinbus.Hosts: Convergence <-> Resources",
        "Twinbus.Hosts: Convergence <-> Running",
        "Twinbus.Hosts: Resources <-> Running",
    ];

    private static IEnumerable<string> Cycles => Repository.Sources
        .GroupBy(file => file.Split('/')[1])
        .SelectMany(project => CyclesOf(project.Key, Uses(project.Key, project)));

    [Fact]
    public void RoomsOfAProjectUseEachOtherInOneDirection() => Offences.None(Cycles.Except(Known));

    [Fact]
    public void NoExceptionOutlivesItsCycle() => Offences.None(Known.Except(Cycles));

    private static Dictionary<string, HashSet<string>> Uses(string project, IEnumerable<string> files)
    {
        Dictionary<string, HashSet<string>> uses = [];
        foreach (string file in files)
        {
            string[] path = file.Split('/');
            if (path.Length < 4)
            {
                continue;
            }

            HashSet<string> used = uses.TryGetValue(path[2], out HashSet<string>? known) ? known : uses[path[2]] = [];
            used.UnionWith(UsingDirective().Matches(Repository.Read(file))
                .Select(match => match.Groups[1].Value)
                .Where(name => name.StartsWith(project + ".", StringComparison.Ordinal))
                .Select(name => name[(project.Length + 1)..].Split('.')[0])
                .Where(room => room != path[2]));
        }

        return uses;
    }

    private static IEnumerable<string> CyclesOf(string project, Dictionary<string, HashSet<string>> uses)
    {
        Dictionary<string, HashSet<string>> reached = uses.Keys.ToDictionary(room => room, room => Reached(room, uses));
        return
            from one in reached.Keys
            from other in reached[one]
            where string.CompareOrdinal(one, other) < 0 && reached.GetValueOrDefault(other)?.Contains(one) is true
            select $"{project}: {one} <-> {other}";
    }

    private static HashSet<string> Reached(string start, Dictionary<string, HashSet<string>> uses)
    {
        HashSet<string> reached = [];
        Stack<string> open = new(uses[start]);
        while (open.TryPop(out string? room))
        {
            if (reached.Add(room))
            {
                foreach (string next in uses.GetValueOrDefault(room) ?? [])
                {
                    open.Push(next);
                }
            }
        }

        return reached;
    }

    [GeneratedRegex(@"^using (?:static )?([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex UsingDirective();
}
