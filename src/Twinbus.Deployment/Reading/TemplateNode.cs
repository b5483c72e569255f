using System.Collections.Immutable;

namespace Twinbus.Deployment.Reading;

/// <summary>A YAML node that knows where it stands. Aliases are resolved: the same node then stands in several places.</summary>
internal abstract record TemplateNode(SourcePlace Place)
{
    /// <summary>What a reader would call it: <c>a mapping</c>, <c>a list</c>, <c>text</c>.</summary>
    public abstract string Form { get; }
}

/// <summary>A scalar.</summary>
/// <param name="Place">Where it begins.</param>
/// <param name="Text">Its text without quotes.</param>
/// <param name="IsQuoted">Whether it is text whatever it looks like.</param>
internal sealed record ScalarNode(SourcePlace Place, string Text, bool IsQuoted) : TemplateNode(Place)
{
    /// <summary>Whether it stands there encrypted by Ansible Vault, as an inventory's values may.</summary>
    public bool IsVaulted { get; init; }

    public bool IsNull => !IsQuoted && Text is ("" or "~" or "null" or "Null" or "NULL");

    public override string Form => IsNull ? "nothing" : "a single value";
}

internal sealed record SequenceNode(SourcePlace Place, ImmutableArray<TemplateNode> Items) : TemplateNode(Place)
{
    public override string Form => "a list";
}

internal sealed record MappingNode(SourcePlace Place, ImmutableArray<MappingEntry> Entries) : TemplateNode(Place)
{
    public override string Form => "a mapping";

    /// <summary>Keys that stand in it more than once, where that is for the reader of the file to judge; the last one counts.</summary>
    public ImmutableArray<RepeatedKey> Repeated { get; init; } = [];

    public TemplateNode? Find(string key) => Entries.FirstOrDefault(entry => entry.Key.Text == key)?.Value;
}

internal sealed record MappingEntry(ScalarNode Key, TemplateNode Value);

/// <summary>A key that stands in a mapping already.</summary>
/// <param name="Key">Where it stands again.</param>
/// <param name="First">Where it stood first.</param>
internal sealed record RepeatedKey(ScalarNode Key, SourcePlace First)
{
    public void Tell(ProblemList problems) =>
        problems.Add(Key.Place, $"{Key.Text} is given twice", $"it stands on line {First.Line} already", "keep one of the two");
}
