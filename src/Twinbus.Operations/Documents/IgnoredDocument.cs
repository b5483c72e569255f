using System.Collections.Immutable;
using Twinbus.Deployment.Reading;

namespace Twinbus.Operations.Documents;

/// <summary>What files say that does not concern messaging: <c>show parameters --ignored --format json</c>.</summary>
public sealed record IgnoredDocument() : Document("twinbus-ignored", 1)
{
    /// <summary>In the order of the files.</summary>
    public required ImmutableArray<IgnoredName> Ignored { get; init; }

    /// <summary>The document of <paramref name="entries"/>.</summary>
    public static IgnoredDocument Of(ImmutableArray<IgnoredEntry> entries) =>
        new() { Ignored = [.. entries.Select(entry => new IgnoredName(entry.Name, entry.Place.ToString()))] };
}
