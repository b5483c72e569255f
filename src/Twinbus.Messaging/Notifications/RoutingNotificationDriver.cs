using System.Collections.Immutable;

namespace Twinbus.Messaging.Notifications;

/// <summary>When a driver of a routing group gets a notification. A list that is absent accepts all; all present must match.</summary>
public sealed record RoutingRule
{
    /// <summary>Shell patterns (<c>*</c>, <c>?</c>, <c>[abc]</c>, <c>[!abc]</c>) of event types. Null: all.</summary>
    public ImmutableArray<string>? AcceptedEvents { get; init; }

    /// <summary>Shell patterns of priorities, in any case. Null: all.</summary>
    public ImmutableArray<string>? AcceptedPriorities { get; init; }

    internal bool Accepts(Notification notification) =>
        (AcceptedEvents is not { } events || events.Any(pattern => ShellPattern.Matches(pattern, notification.EventType)))
        && (AcceptedPriorities is not { } priorities
            || priorities.Any(pattern => ShellPattern.Matches(pattern.ToLowerInvariant(), notification.Priority.QueueName())));
}

/// <summary>
/// Sends each notification to the drivers whose rules accept it, each driver once (<c>routing</c>). The groups are those
/// of the original's routing file: group, then driver name, then its rule.
/// </summary>
public sealed class RoutingNotificationDriver : INotificationDriver
{
    private readonly ImmutableDictionary<string, INotificationDriver> drivers;
    private readonly ImmutableDictionary<string, ImmutableDictionary<string, RoutingRule>> groups;

    /// <summary>Routes among <paramref name="drivers"/>, by name.</summary>
    /// <exception cref="MessagingException">A group names a driver that is not among them.</exception>
    public RoutingNotificationDriver(
        ImmutableDictionary<string, INotificationDriver> drivers,
        ImmutableDictionary<string, ImmutableDictionary<string, RoutingRule>> groups)
    {
        ArgumentNullException.ThrowIfNull(drivers);
        ArgumentNullException.ThrowIfNull(groups);
        foreach ((string group, var rules) in groups)
        {
            if (rules.Keys.FirstOrDefault(name => !drivers.ContainsKey(name)) is { } unknown)
            {
                throw new MessagingException(
                    MessagingErrorReason.InvalidOptions,
                    $"Routing group '{group}' names the driver '{unknown}'; there are: {string.Join(", ", drivers.Keys.Order())}.");
            }
        }

        this.drivers = drivers;
        this.groups = groups;
    }

    /// <inheritdoc/>
    public async ValueTask NotifyAsync(Notification notification, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(notification);
        var accepted = groups.Values.SelectMany(rules => rules)
            .Where(rule => rule.Value.Accepts(notification))
            .Select(rule => rule.Key).Distinct().Order(StringComparer.Ordinal);
        await Each.DoAsync(accepted, name => drivers[name].NotifyAsync(notification, cancellationToken)).ConfigureAwait(false);
    }
}

/// <summary>Shell patterns as Python's fnmatch reads them.</summary>
internal static class ShellPattern
{
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        // Of several stars only the last need be tried again: what matched before it can stay as it is.
        int star = -1;
        int begun = 0;
        int p = 0;
        int t = 0;
        while (t < text.Length || p < pattern.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = ++p;
                begun = t;
            }
            else if (p < pattern.Length && t < text.Length && MatchesOne(pattern[p..], text[t], out int used))
            {
                p += used;
                t++;
            }
            else if (star >= 0 && begun < text.Length)
            {
                p = star;
                t = ++begun;
            }
            else
            {
                return false;
            }
        }

        return true;
    }

    private static bool MatchesOne(ReadOnlySpan<char> pattern, char c, out int used)
    {
        used = 1;
        if (pattern[0] == '?')
        {
            return true;
        }

        // A ']' right after the opening is a member of the set, not its end.
        int first = pattern.Length > 1 && pattern[1] == '!' ? 2 : 1;
        int close = pattern[0] == '[' && pattern.Length > first + 1 ? pattern[(first + 1)..].IndexOf(']') : -1;
        if (close < 0)
        {
            return pattern[0] == c;
        }

        used = first + close + 2;
        return InSet(pattern[first..(used - 1)], c) != (first == 2);
    }

    private static bool InSet(ReadOnlySpan<char> set, char c)
    {
        for (int i = 0; i < set.Length; i++)
        {
            if (i + 2 < set.Length && set[i + 1] == '-')
            {
                if (c >= set[i] && c <= set[i + 2])
                {
                    return true;
                }

                i += 2;
            }
            else if (set[i] == c)
            {
                return true;
            }
        }

        return false;
    }
}
