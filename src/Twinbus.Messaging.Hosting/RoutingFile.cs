using System.Collections.Immutable;
using Twinbus.Messaging.Notifications;
using YamlDotNet.Core;

namespace Twinbus.Messaging.Hosting;

/// <summary>
/// The original's routing file (<c>routing_config</c>), for <see cref="RoutingNotificationDriver"/>: a group, in it a driver's
/// name, in it <c>accepted_events</c> and <c>accepted_priorities</c>, lists of shell patterns. An empty rule accepts all;
/// other keys of a rule are passed over, as the original does.
/// </summary>
public static class RoutingFile
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="MessagingException">It cannot be read, or is no routing file; the text has the line and the column.</exception>
    public static ImmutableDictionary<string, ImmutableDictionary<string, RoutingRule>> Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidOptions, $"The routing file {path} cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Reads the text of a file.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="path">The file's name, for errors.</param>
    /// <exception cref="MessagingException">It is no routing file; the text has the line and the column.</exception>
    public static ImmutableDictionary<string, ImmutableDictionary<string, RoutingRule>> Parse(string text, string path)
    {
        ArgumentNullException.ThrowIfNull(text);
        RoutingNode? root;
        try
        {
            root = RoutingNode.Read(text);
        }
        catch (YamlException error)
        {
            throw Wrong(path, error.Start, error.Message, error);
        }

        return root is null or RoutingScalar { IsNull: true }
            ? ImmutableDictionary<string, ImmutableDictionary<string, RoutingRule>>.Empty
            : Members(root, path, "a routing file has groups, each with its drivers",
                group => Members(group, path, "a group has drivers, each with its rule", rule => Rule(rule, path)));
    }

    private static ImmutableDictionary<string, TValue> Members<TValue>(
        RoutingNode node, string path, string expected, Func<RoutingNode, TValue> read)
    {
        if (node is not RoutingMapping mapping)
        {
            throw Wrong(path, node.Start, $"{expected}: expected 'name:' and what belongs to it");
        }

        var members = ImmutableDictionary.CreateBuilder<string, TValue>(StringComparer.Ordinal);
        foreach ((RoutingNode name, RoutingNode value) in mapping.Entries)
        {
            // Of two of one name the last counts, as in Python.
            members[Text(name, path)] = read(value);
        }

        return members.ToImmutable();
    }

    private static RoutingRule Rule(RoutingNode node, string path)
    {
        if (node is not RoutingMapping mapping)
        {
            throw Wrong(path, node.Start, "a driver has a rule with accepted_events or accepted_priorities; one that accepts all is written {}");
        }

        var rule = new RoutingRule();
        foreach ((RoutingNode key, RoutingNode value) in mapping.Entries)
        {
            rule = (key as RoutingScalar)?.Value switch
            {
                "accepted_events" => rule with { AcceptedEvents = Patterns(value, path) },
                "accepted_priorities" => rule with { AcceptedPriorities = Patterns(value, path) },
                _ => rule,
            };
        }

        return rule;
    }

    private static ImmutableArray<string> Patterns(RoutingNode node, string path) => node is RoutingSequence list
        ? [.. list.Items.Select(item => Text(item, path))]
        : throw Wrong(path, node.Start, "patterns are a list, even when there is one: ['compute.*']");

    private static string Text(RoutingNode node, string path) => node is RoutingScalar { IsNull: false } scalar
        ? scalar.Value
        : throw Wrong(path, node.Start, "expected a text");

    private static MessagingException Wrong(string path, Mark place, string why, Exception? inner = null) =>
        new(MessagingErrorReason.InvalidOptions, $"Routing file {path}:{place.Line}:{place.Column}: {why}.", inner);
}
