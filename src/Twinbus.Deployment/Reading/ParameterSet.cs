using System.Collections.Immutable;
using System.Globalization;

namespace Twinbus.Deployment.Reading;

/// <summary>A parameter's value for one service, checked, as text in the form of its type.</summary>
internal sealed record ParameterValue
{
    public required ParameterDefinition Definition { get; init; }

    /// <summary>The name that it was set by, or that sets it for this service alone.</summary>
    public required string Name { get; init; }

    public required string Text { get; init; }

    /// <summary>Where it was set; null for a default.</summary>
    public SourcePlace? Place { get; init; }

    /// <summary>Whether an operator's own file set it: a shipped environment's word gives way like a default.</summary>
    public bool IsSet { get; init; }

    public string Origin => Place?.ToString() ?? "default";
}

/// <summary>All parameters of one service, by their names without its prefix.</summary>
internal sealed record ParameterSet(ImmutableSortedDictionary<string, ParameterValue> Values)
{
    public ParameterValue this[string shortName] => Values[shortName];

    public ParameterValue? Find(string shortName) => Values.GetValueOrDefault(shortName);

    public string Text(string shortName) => Find(shortName)?.Text ?? "";

    public int Number(string shortName) => int.Parse(Values[shortName].Text, CultureInfo.InvariantCulture);

    public bool Flag(string shortName) => Text(shortName) == "true";

    public ImmutableArray<string> Items(string shortName) => [.. Text(shortName).Split(',', StringSplitOptions.RemoveEmptyEntries)];
}
