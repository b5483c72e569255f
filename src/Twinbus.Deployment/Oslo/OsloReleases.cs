using System.Collections.Immutable;

namespace Twinbus.Deployment.Oslo;

/// <summary>The releases of oslo.messaging that Twinbus knows, from Queens on.</summary>
public static class OsloReleases
{
    private static readonly ReleaseTable Table = ReleaseTable.Known;

    /// <summary>The series of OpenStack, oldest first.</summary>
    public static ImmutableArray<OsloSeries> Series => Table.Series;

    /// <summary>The newest release that is known.</summary>
    public static OsloRelease Newest { get; } = new(Table.Newest);

    /// <summary>The release that an operator means.</summary>
    /// <param name="text">A series (<c>zed</c>, <c>2024.1</c>, <c>stable/2024.1</c>): its last release; a version (<c>14.0.3</c>, or <c>14.0</c> for its last patch); a distribution's build (<c>debian-12</c>).</param>
    /// <exception cref="DeploymentException">There is no such release, or it is older than Queens.</exception>
    public static OsloRelease Find(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string name = text.Trim().ToLowerInvariant();
        name = name[(name.LastIndexOf('/') + 1)..];
        if (Table.Builds.FirstOrDefault(build => name == build.Name || name == build.Alias) is { } build)
        {
            return new OsloRelease(build.Version, build.Name);
        }

        if (Table.Series.FirstOrDefault(series => series.IsCalled(name)) is { } series)
        {
            return new OsloRelease(series.Last);
        }

        if (OsloVersion.TryParse(name, out OsloVersion version))
        {
            return IsKnown(version) ? new OsloRelease(version) : throw NotFound(text, version);
        }

        return OsloVersion.TryParse($"{name}.0", out version) && Table.LastPatchOf(version) is { } last
            ? new OsloRelease(last)
            : throw NotFound(text, version);
    }

    /// <summary>The newest known release that has all of <paramref name="drivers"/>; null when none has.</summary>
    public static OsloRelease? NewestWith(params IReadOnlyCollection<string> drivers) =>
        Table.Series.SelectMany(series => series.LastPatches).Reverse()
            .Select(version => new OsloRelease(version))
            .FirstOrDefault(release => drivers.All(release.HasDriver));

    /// <summary>The first release of the newest line that knows an option, such as <c>12.13.0 (Yoga)</c>; null when none does.</summary>
    internal static OsloRelease? FirstWith(string group, string option) =>
        Table.Options.Where(row => row.Option.Group == group && row.Option.Name == option)
            .SelectMany(row => row.Presence.Spans)
            .Where(span => span.From is not null)
            .Select(span => (OsloVersion?)span.From)
            .Where(from => !new OsloRelease(Before(from!.Value)).Knows(group, option))
            .Max() is { } first ? new OsloRelease(first) : null;

    /// <summary>Whether any release knows the option, by this name or as an old one.</summary>
    internal static bool WereEverToldOf(string group, string option) =>
        Table.Options.Any(row => row.Option.Group == group && row.Option.Name == option)
        || Table.Aliases.Any(alias => alias.OldGroup == group && alias.OldName == option);

    internal static bool Knows(this OsloRelease release, string group, string option) => release.Option(group, option) is not null;

    // The release in line before: the last patch of the minor before it, which is what a backport may not hide.
    private static OsloVersion Before(OsloVersion version)
    {
        OsloVersion[] line = [.. Table.Series.SelectMany(series => series.LastPatches)];
        return line.LastOrDefault(last => last < version, Table.Oldest);
    }

    // A minor release that has not been made yet is believed; one that never was is a slip of the pen.
    private static bool IsKnown(OsloVersion version) =>
        version > Table.Newest || (version >= Table.Oldest && Table.LastPatchOf(version) is not null);

    private static DeploymentException NotFound(string text, OsloVersion version) => new(
        DeploymentFailureReason.InvalidInput,
        new Problem(
            $"there is no oslo.messaging release {text}",
            version != default && version < Table.Oldest
                ? $"releases before {Table.Oldest} (Queens) are not known here"
                : $"known are {Table.Oldest} to {Table.Newest}, of the series {string.Join(", ", Table.Series.Select(series => series.Id ?? series.Name))}",
            "name a series (zed, 2024.1), a version (14.0.3) or a distribution (debian-12)"));
}
