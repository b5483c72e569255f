using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Twinbus.Messaging.Hosting;

/// <summary>A node of a routing file. Read from the parser's events: nothing is made by reflection.</summary>
internal abstract class RoutingNode(Mark start)
{
    // Groups, drivers, rules, patterns; keys that are passed over may hold a little more.
    private const int Deepest = 32;

    public Mark Start { get; } = start;

    /// <summary>The one document; null when there is none.</summary>
    /// <exception cref="YamlException">The text is no YAML, or more than one document.</exception>
    public static RoutingNode? Read(string text)
    {
        var parser = new Parser(new StringReader(text));
        parser.Consume<StreamStart>();
        if (parser.TryConsume<StreamEnd>(out _))
        {
            return null;
        }

        parser.Consume<DocumentStart>();
        RoutingNode root = ReadNode(parser, [], 0);
        parser.Consume<DocumentEnd>();
        return parser.TryConsume<StreamEnd>(out _)
            ? root
            : throw new YamlException(parser.Current!.Start, parser.Current.End, "there is a second document; a routing file is one");
    }

    private static RoutingNode ReadNode(Parser parser, Dictionary<AnchorName, RoutingNode> anchors, int depth)
    {
        if (depth > Deepest)
        {
            throw new YamlException(parser.Current!.Start, parser.Current.End, $"it is nested deeper than {Deepest} levels");
        }

        if (parser.TryConsume<AnchorAlias>(out AnchorAlias? alias))
        {
            return anchors.TryGetValue(alias.Value, out RoutingNode? known)
                ? known
                : throw new YamlException(alias.Start, alias.End, $"there is no anchor '{alias.Value}' before it");
        }

        NodeEvent opening = parser.Consume<NodeEvent>();
        RoutingNode node = opening switch
        {
            Scalar scalar => new RoutingScalar(scalar),
            SequenceStart => new RoutingSequence(opening.Start, ReadItems(parser, anchors, depth)),
            _ => new RoutingMapping(opening.Start, ReadEntries(parser, anchors, depth)),
        };
        if (!opening.Anchor.IsEmpty)
        {
            anchors[opening.Anchor] = node;
        }

        return node;
    }

    private static List<RoutingNode> ReadItems(Parser parser, Dictionary<AnchorName, RoutingNode> anchors, int depth)
    {
        var items = new List<RoutingNode>();
        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ReadNode(parser, anchors, depth + 1));
        }

        return items;
    }

    private static List<(RoutingNode Key, RoutingNode Value)> ReadEntries(
        Parser parser, Dictionary<AnchorName, RoutingNode> anchors, int depth)
    {
        var entries = new List<(RoutingNode Key, RoutingNode Value)>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            RoutingNode key = ReadNode(parser, anchors, depth + 1);
            RoutingNode value = ReadNode(parser, anchors, depth + 1);
            if (key is not RoutingScalar { IsMerge: true })
            {
                entries.Add((key, value));
                continue;
            }

            // '<<' brings in the members of other mappings; its own, wherever they stand, win.
            IEnumerable<RoutingNode> sources = value is RoutingSequence several ? several.Items : [value];
            entries.InsertRange(0, sources.Reverse().SelectMany(source => source is RoutingMapping mapping
                ? mapping.Entries
                : throw new YamlException(source.Start, source.Start, "'<<' takes a mapping, or a list of mappings")));
        }

        return entries;
    }
}

/// <summary>A text, or what YAML takes for nothing.</summary>
internal sealed class RoutingScalar(Scalar scalar) : RoutingNode(scalar.Start)
{
    public string Value { get; } = scalar.Value;

    public bool IsNull { get; } = scalar.Style == ScalarStyle.Plain && scalar.Value is ("" or "~" or "null" or "Null" or "NULL");

    public bool IsMerge { get; } = scalar.Style == ScalarStyle.Plain && scalar.Value == "<<";
}

/// <summary>A list.</summary>
internal sealed class RoutingSequence(Mark start, IReadOnlyList<RoutingNode> items) : RoutingNode(start)
{
    public IReadOnlyList<RoutingNode> Items { get; } = items;
}

/// <summary>Names and what belongs to them, in order.</summary>
internal sealed class RoutingMapping(Mark start, IReadOnlyList<(RoutingNode Key, RoutingNode Value)> entries) : RoutingNode(start)
{
    public IReadOnlyList<(RoutingNode Key, RoutingNode Value)> Entries { get; } = entries;
}
