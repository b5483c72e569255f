using System.Collections.Immutable;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Twinbus.Deployment.Reading;

/// <summary>
/// Reads YAML text into nodes with places. What could surprise is refused: tags, duplicate and merge keys, several
/// documents, and input that is large, deep or expands to more than its size.
/// </summary>
internal sealed class TemplateReader
{
    public const int LargestFile = 4 * 1024 * 1024;
    private const int DeepestNode = 64;
    private const int MostNodes = 400_000;

    private readonly string file;
    private readonly ProblemList problems;
    private readonly bool repeatsAreJudgedLater;
    private readonly bool isInventory;
    private readonly Parser parser;
    private readonly Dictionary<string, (TemplateNode Node, int Size)> anchors = [];
    private readonly HashSet<string> open = [];
    private int nodes;

    private TemplateReader(string file, string text, ProblemList problems, bool repeatsAreJudgedLater, bool isInventory)
    {
        this.file = file;
        this.problems = problems;
        this.repeatsAreJudgedLater = repeatsAreJudgedLater;
        this.isInventory = isInventory;
        parser = new Parser(new StringReader(text));
    }

    /// <summary>The root of the document, or null when it is empty or wrong; what is wrong is then among the problems.</summary>
    /// <param name="file">The file's name, for places.</param>
    /// <param name="text">What it holds.</param>
    /// <param name="problems">Takes what is wrong.</param>
    /// <param name="repeatsAreJudgedLater">A key that stands twice is no problem yet: it is kept with its mapping.</param>
    /// <param name="isInventory">Ansible's tags may stand before single values, as inventories have them.</param>
    public static TemplateNode? Read(string file, string text, ProblemList problems, bool repeatsAreJudgedLater = false, bool isInventory = false)
    {
        try
        {
            return new TemplateReader(file, text, problems, repeatsAreJudgedLater, isInventory).Document();
        }
        catch (YamlException e)
        {
            if (Tab(file, text) is { } tab)
            {
                problems.Add(tab, "malformed YAML", "the line is indented with a tab", "indent with spaces");
            }
            else
            {
                problems.Add(new SourcePlace(file, (int)e.Start.Line, (int)e.Start.Column), "malformed YAML", Reason(e), "mend the line, or the one before it");
            }

            return null;
        }
        catch (RefusedException e)
        {
            problems.Add(e.Place, e.Message, e.Why, e.Next);
            return null;
        }
    }

    private static SourcePlace? Tab(string file, string text)
    {
        int number = 0;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            number++;
            int tab = line.IndexOfAnyExcept(' ');
            if (tab >= 0 && line[tab] == '\t')
            {
                return new SourcePlace(file, number, tab + 1);
            }
        }

        return null;
    }

    private static string Reason(YamlException e)
    {
        // The library puts the place before its reason; the place is ours to print.
        string text = e.InnerException is YamlException inner ? inner.Message : e.Message;
        int end = text.IndexOf("): ", StringComparison.Ordinal);
        string reason = (text.StartsWith("(Line", StringComparison.Ordinal) && end > 0 ? text[(end + 3)..] : text).TrimEnd('.', ' ', '\n');
        return reason.Length == 0 ? "it is not YAML" : char.ToLowerInvariant(reason[0]) + reason[1..];
    }

    private TemplateNode? Document()
    {
        parser.Consume<StreamStart>();
        if (Took<StreamEnd>())
        {
            return null;
        }

        parser.Consume<DocumentStart>();
        TemplateNode root = Node(1);
        parser.Consume<DocumentEnd>();
        if (parser.Current is DocumentStart second)
        {
            throw new RefusedException(PlaceOf(second), "a second YAML document", "one file holds one document", "put it into a file of its own");
        }

        return root is ScalarNode { IsNull: true } ? null : root;
    }

    private TemplateNode Node(int depth)
    {
        ParsingEvent current = parser.Current!;
        SourcePlace place = PlaceOf(current);
        if (depth > DeepestNode)
        {
            throw new RefusedException(place, "nested too deeply", $"at most {DeepestNode} levels are read", "flatten the file");
        }

        Count(1, place);
        if (current is AnchorAlias alias)
        {
            parser.MoveNext();
            return Resolve(alias.Value.Value, place);
        }

        int before = nodes;
        NodeEvent node = parser.Consume<NodeEvent>();
        RefuseTag(node, place);
        string? anchor = node.Anchor.IsEmpty ? null : node.Anchor.Value;
        if (anchor is not null)
        {
            open.Add(anchor);
        }

        TemplateNode result = node switch
        {
            Scalar scalar => new ScalarNode(place, scalar.Value, scalar.Style is not ScalarStyle.Plain) { IsVaulted = IsVaulted(scalar) },
            SequenceStart => Sequence(place, depth),
            _ => Mapping(place, depth),
        };
        if (anchor is not null)
        {
            open.Remove(anchor);
            anchors[anchor] = (result, nodes - before + 1);
        }

        return result;
    }

    private TemplateNode Resolve(string name, SourcePlace place)
    {
        if (open.Contains(name))
        {
            throw new RefusedException(place, $"the alias *{name} stands inside what it names", "that has no end", "write the value out");
        }

        if (!anchors.TryGetValue(name, out (TemplateNode Node, int Size) target))
        {
            throw new RefusedException(place, $"the alias *{name} has no anchor before it", "nothing is called that", $"write &{name} before the value that is meant");
        }

        Count(target.Size, place);
        return target.Node;
    }

    private void Count(int more, SourcePlace place)
    {
        nodes += more;
        if (nodes > MostNodes)
        {
            throw new RefusedException(place, "too much content", $"with aliases written out the file has more than {MostNodes} values", "use fewer aliases, or several files");
        }
    }

    private static bool IsVaulted(Scalar scalar) => !scalar.Tag.IsEmpty && scalar.Tag.Value is "!vault" or "!vault-encrypted";

    private void RefuseTag(NodeEvent node, SourcePlace place)
    {
        if (!node.Tag.IsEmpty && !node.Tag.IsNonSpecific && !(isInventory && node is Scalar scalar && (IsVaulted(scalar) || scalar.Tag.Value == "!unsafe")))
        {
            throw new RefusedException(place, $"the tag {node.Tag.Value}", "tags are not read: they could name code", "remove it, or quote a value that begins with an exclamation mark");
        }
    }

    private SequenceNode Sequence(SourcePlace place, int depth)
    {
        ImmutableArray<TemplateNode>.Builder items = ImmutableArray.CreateBuilder<TemplateNode>();
        while (!Took<SequenceEnd>())
        {
            items.Add(Node(depth + 1));
        }

        return new SequenceNode(place, items.ToImmutable());
    }

    private MappingNode Mapping(SourcePlace place, int depth)
    {
        ImmutableArray<MappingEntry>.Builder entries = ImmutableArray.CreateBuilder<MappingEntry>();
        ImmutableArray<RepeatedKey>.Builder repeated = ImmutableArray.CreateBuilder<RepeatedKey>();
        Dictionary<string, int> seen = [];
        while (!Took<MappingEnd>())
        {
            TemplateNode key = Node(depth + 1);
            TemplateNode value = Node(depth + 1);
            if (key is not ScalarNode name)
            {
                problems.Add(key.Place, $"a key that is {key.Form}", "keys are names", "write a name");
            }
            else if (name is { Text: "<<", IsQuoted: false })
            {
                problems.Add(key.Place, "the merge key <<", "it is not part of YAML 1.2", "write the values out, or put them into an environment of their own");
            }
            else if (!seen.TryAdd(name.Text, entries.Count))
            {
                int index = seen[name.Text];
                repeated.Add(new RepeatedKey(name, entries[index].Key.Place));
                entries[index] = new MappingEntry(name, value);
            }
            else
            {
                entries.Add(new MappingEntry(name, value));
            }
        }

        if (repeatsAreJudgedLater)
        {
            return new MappingNode(place, entries.ToImmutable()) { Repeated = repeated.ToImmutable() };
        }

        foreach (RepeatedKey key in repeated)
        {
            key.Tell(problems);
        }

        return new MappingNode(place, entries.ToImmutable());
    }

    private bool Took<T>()
        where T : ParsingEvent
    {
        // Nothing was read before the first event.
        if (parser.Current is null)
        {
            parser.MoveNext();
        }

        if (parser.Current is not T)
        {
            return false;
        }

        parser.MoveNext();
        return true;
    }

    private SourcePlace PlaceOf(ParsingEvent parsed) => new(file, (int)parsed.Start.Line, (int)parsed.Start.Column);

    private sealed class RefusedException(SourcePlace place, string what, string why, string next) : Exception(what)
    {
        public SourcePlace Place { get; } = place;

        public string Why { get; } = why;

        public string Next { get; } = next;
    }
}
