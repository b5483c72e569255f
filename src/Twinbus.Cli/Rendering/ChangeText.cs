using System.Collections.Immutable;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Running;

namespace Twinbus.Cli.Rendering;

/// <summary>Changes to resources as lines for a person.</summary>
internal static class ChangeText
{
    // Above this many, things that were simply made or removed are counted by kind; what was mended is always said exactly.
    private const int MostInFull = 8;

    /// <summary>One line a change; many creations or removals become one line of counts unless <paramref name="inFull"/>.</summary>
    public static IEnumerable<string> Lines(ImmutableArray<ResourceChange> changes, bool pending, bool inFull, Style style)
    {
        bool severalHosts = changes.Select(change => change.Host).Distinct().Skip(1).Any();
        foreach (IGrouping<bool, ResourceChange> kind in changes.GroupBy(change => IsPlain(change) && !inFull))
        {
            ILookup<ResourceAction, ResourceChange> actions = kind.ToLookup(change => change.Action);
            foreach (IGrouping<ResourceAction, ResourceChange> action in actions.Where(action => kind.Key && action.Count() > MostInFull))
            {
                yield return $"{style.Notable(Word(action.Key, pending))} {Counts(action)}";
            }

            foreach (ResourceChange change in kind.Where(change => !kind.Key || actions[change.Action].Count() <= MostInFull))
            {
                yield return $"{style.Notable(Word(change.Action, pending))} {(severalHosts ? $"{change.Host}: " : "")}{change.Kind} {change.Name}{Detail(change)}";
            }
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
        string.Join(", ", changes.GroupBy(change => change.Kind).Select(kind => kind.Count() == 1 ? $"1 {kind.Key}" : $"{kind.Count()} {Several(kind.Key)}"));

    private static string Several(string kind) =>
        kind.EndsWith('s') ? kind : kind.EndsWith('y') ? $"{kind[..^1]}ies" : $"{kind}s";

    private static bool IsPlain(ResourceChange change) => change.Action is ResourceAction.Create or ResourceAction.Delete;

    // A detail that only repeats the action says nothing.
    private static string Detail(ResourceChange change) =>
        change.Detail.Length == 0 || change.Detail == Done(change.Action) ? "" : $": {change.Detail}";
}
