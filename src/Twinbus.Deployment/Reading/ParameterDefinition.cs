using System.Collections.Immutable;

namespace Twinbus.Deployment.Reading;

/// <summary>What a parameter's value is made of; the names in files are Heat's.</summary>
internal enum ParameterType
{
    /// <summary><c>string</c></summary>
    Text,

    /// <summary><c>number</c></summary>
    Number,

    /// <summary><c>boolean</c></summary>
    Boolean,

    /// <summary><c>comma_delimited_list</c></summary>
    List,
}

/// <summary>A parameter as a service file defines it.</summary>
internal sealed record ParameterDefinition
{
    /// <summary>Stands for a service's prefix in a name, and in a default for the service's name.</summary>
    public const string PrefixMark = "<Service>";

    private const string NameMark = "<service>";

    /// <summary>Such as <c>&lt;Service&gt;Port</c>, or <c>RabbitFDLimit</c>.</summary>
    public required string Name { get; init; }

    public required ParameterType Type { get; init; }

    /// <summary>In the text form of its type; empty for a text or list that has none.</summary>
    public required string Default { get; init; }

    public required string Description { get; init; }

    public bool Hidden { get; init; }

    public ImmutableArray<ParameterConstraint> Constraints { get; init; } = [];

    /// <summary>Whether it is set for each service apart; otherwise a value for all instances may stand beside.</summary>
    public bool IsPerService => Name.StartsWith(PrefixMark, StringComparison.Ordinal);

    /// <summary>Whether a number must be whole: a default with a fraction says that it need not.</summary>
    public bool IsWhole => !Default.Contains('.', StringComparison.Ordinal);

    /// <summary>The name without the service's prefix.</summary>
    public string ShortName => IsPerService ? Name[PrefixMark.Length..] : Name;

    /// <summary>The names that set it for the service with <paramref name="prefix"/>, the one that wins first.</summary>
    public ImmutableArray<string> NamesFor(string prefix) =>
        IsPerService ? [prefix + ShortName] : [prefix + ShortName, ShortName];

    public string DefaultFor(string service) => Default.Replace(NameMark, service, StringComparison.Ordinal);
}
