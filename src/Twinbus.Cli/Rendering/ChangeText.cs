using System.Collections.Immutable;
using Twinbus.Hosts.Running;

namespace Twinbus.Cli.Rendering;

/// <summary>Changes to resources as lines for a person.</summary>
internal static class ChangeText
{
    // Above this many, things that were simply made are counted by kind; what was mended is always said exactly.
    private const int MostMadeInFull = 8;

    /// <summary>One line a change; many creations become one line of counts unless <paramref name="inFull"/>.</summary>
    public static IEnumerable<string> Lines(ImmutableArray<ResourceChange> changes, bool pending, bool inFull, Style style)
    {
        bool severalHosts = changes.Select(change => change.Host).Distinct().Skip(1).Any();
        ResourceChange[] created = [.. changes.Where(change => change.Action == ResourceAction.Create)];
        bool count = !inFull && created.Length > MostMadeInFull;
        if (count)
        {
            yield return $"{style.Notable(Word(ResourceAction.Create, pending))} {Counts(created)}";
        }

        foreach (ResourceChange change in changes.Where(change => !count || change.Action != ResourceAction.Create))
        {
            string where = severalHosts ? $"{change.Host}: " : "";
            string detail = change.Detail.Length == 0 ? "" : $": {change.Detail}";
            yield return $"{style.Notable(Word(change.Action, pending))} {where}{change.Kind} {change.Name}{detail}";
        }
    }

    /// <summary>What was done: <c>created</c>, <c>changed</c>, ...</summary>
    public static string Done(ResourceAction action) => action switch
    {
        ResourceAction.None => "unchanged",
        ResourceAction.Create => "created",
        ResourceAction.Change => "changed",
        ResourceAction.Start => "started",
        ResourceAction.Restart => "restarted",
        ResourceAction.Delete => "removed",
        _ => throw new ArgumentOutOfRangeException(nameof(action), action, null),
    };

    /// <summary>What would be done: <c>create</c>, <c>change</c>, ...</summary>
    public static string Pending(ResourceAction action) => action switch
    {
        ResourceAction.None => "none",
        ResourceAction.Create => "create",
        ResourceAction.Change => "change",
        ResourceAction.Start => "start",
        ResourceAction.Restart => "restart",
        ResourceAction.Delete => "remove",
        _ => throw new ArgumentOutOfRangeException(nameof(action), action, null),
    };

    private static string Word(ResourceAction action, bool pending) => (pending ? Pending(action) : Done(action)).PadRight(9);

    private static string Counts(IEnumerable<ResourceChange> changes) =>
        string.Join(", ", changes.GroupBy(change => change.Kind).Select(kind => $"{kind.Count()} {kind.Key}"));
}
