using System.Collections.Immutable;
using System.Globalization;

namespace Twinbus.Hosts.Converging;

/// <summary>One thing that a deployment made on this host, with what is needed to remove it. Never a secret.</summary>
/// <param name="Kind">The resource's kind.</param>
/// <param name="Name">The resource's name.</param>
public sealed record LedgerEntry(string Kind, string Name)
{
    /// <summary>Whether its making began and was not brought to its end.</summary>
    public bool Unfinished { get; init; }

    /// <summary>What it is inside of and goes with, such as a broker instance; null for what is the host's own.</summary>
    public string? Scope { get; init; }

    /// <summary>What the kind needs to know of it, in words of its own.</summary>
    public ImmutableSortedDictionary<string, string> Details { get; init => field = value ?? Empty; } = Empty;

    private static ImmutableSortedDictionary<string, string> Empty { get; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>A detail, or null when there is none.</summary>
    /// <param name="detail">The kind's word for it.</param>
    public string? this[string detail] => Details.GetValueOrDefault(detail);

    /// <summary>The same entry with one detail more, or another one.</summary>
    /// <param name="detail">The kind's word for it.</param>
    /// <param name="value">What it is.</param>
    public LedgerEntry With(string detail, string value) => this with { Details = Details.SetItem(detail, value) };

    /// <inheritdoc cref="With(string, string)"/>
    public LedgerEntry With(string detail, int value) => With(detail, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Whether both say the same.</summary>
    public bool Equals(LedgerEntry? other) =>
        other is not null
        && (Kind, Name, Unfinished, Scope) == (other.Kind, other.Name, other.Unfinished, other.Scope)
        && Details.SequenceEqual(other.Details);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, Name);
}
