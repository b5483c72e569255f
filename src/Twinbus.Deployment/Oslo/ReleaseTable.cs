using System.Collections.Immutable;

namespace Twinbus.Deployment.Oslo;

/// <summary>A distribution's package that differs from the release it is made from.</summary>
internal sealed record DistributionBuild(string Name, string Alias, OsloVersion Version);

/// <summary>All that is known of releases, as <c>oslo-messaging.txt</c> has it.</summary>
internal sealed record ReleaseTable
{
    private static readonly Lazy<ReleaseTable> Embedded = new(ReadEmbedded);

    public static ReleaseTable Known => Embedded.Value;

    public required ImmutableArray<OsloSeries> Series { get; init; }

    public required ImmutableArray<DistributionBuild> Builds { get; init; }

    public required ImmutableDictionary<string, Presence> Drivers { get; init; }

    public required ImmutableArray<OptionRow> Options { get; init; }

    public required ImmutableArray<AliasRow> Aliases { get; init; }

    public OsloVersion Newest => Series[^1].Last;

    public OsloVersion Oldest => Series[0].Last with { Patch = 0 };

    /// <summary>The series that <paramref name="version"/> was made for; null when it is newer than all.</summary>
    public OsloSeries? SeriesOf(OsloVersion version) =>
        Series.FirstOrDefault(series => series.LastPatches.Any(last => SameMinor(last, version)));

    /// <summary>The last patch of the minor release that <paramref name="version"/> is of.</summary>
    public OsloVersion? LastPatchOf(OsloVersion version) =>
        Series.SelectMany(series => series.LastPatches).Where(last => SameMinor(last, version)).Select(last => (OsloVersion?)last).FirstOrDefault();

    private static bool SameMinor(OsloVersion one, OsloVersion other) => one with { Patch = 0 } == other with { Patch = 0 };

    private static ReleaseTable ReadEmbedded()
    {
        using Stream stream = typeof(ReleaseTable).Assembly.GetManifestResourceStream("oslo-messaging.txt")!;
        using StreamReader reader = new(stream);
        return ReleaseTableReader.Read(reader.ReadToEnd());
    }
}
