using System.Collections.Immutable;

namespace Twinbus.Deployment.Oslo;

/// <summary>A release of oslo.messaging, or a distribution's build of one: the drivers that it has and the options that it knows.</summary>
/// <remarks>Observed in the library's registrations, tag by tag; a Debian package's own additions in the package.</remarks>
public sealed class OsloRelease
{
    private static readonly ReleaseTable Table = ReleaseTable.Known;
    private readonly string? build;

    internal OsloRelease(OsloVersion version, string? build = null)
    {
        Version = version;
        this.build = build;
    }

    /// <summary>Its version.</summary>
    public OsloVersion Version { get; }

    /// <summary>The series of OpenStack that it was made for; null for one that is newer than the table.</summary>
    public OsloSeries? Series => Table.SeriesOf(Version);

    /// <summary>Whether it is newer than what this version of Twinbus knows; then it is taken to know what the newest one knows.</summary>
    public bool IsBeyondTable => Version > Table.Newest && Series is null;

    /// <summary>Its drivers by URL scheme, in name order.</summary>
    public ImmutableArray<string> Drivers => [.. Table.Drivers.Keys.Where(HasDriver).Order(StringComparer.Ordinal)];

    /// <summary>Every option that it knows, by group and name.</summary>
    public ImmutableArray<OsloOption> Options =>
    [
        .. Table.Options.Where(Has).Select(row => row.Option).DistinctBy(option => (option.Group, option.Name)),
    ];

    /// <summary>Whether it has the driver of the URL scheme <paramref name="scheme"/>, such as <c>amqp</c>.</summary>
    public bool HasDriver(string scheme) => Table.Drivers.TryGetValue(scheme, out Presence? presence) && presence.Includes(Version);

    /// <summary>The option <paramref name="name"/> of <paramref name="group"/>, or null when the release does not know it.</summary>
    public OsloOption? Option(string group, string name) =>
        Table.Options.FirstOrDefault(row => row.Option.Group == group && row.Option.Name == name && Has(row))?.Option;

    /// <summary>The name that an old option name is read for, or null.</summary>
    public string? NowCalled(string group, string oldName) =>
        Table.Aliases.FirstOrDefault(alias => alias.OldGroup == group && alias.OldName == oldName && alias.Presence.Includes(Version))?.Name;

    /// <summary><c>14.0.3 (Zed)</c>; a build has its name behind.</summary>
    public override string ToString()
    {
        string series = Series is { } known ? $"{Version} ({known})" : $"{Version}";
        return build is null ? series : $"{series} as {build} builds it";
    }

    private bool Has(OptionRow row) =>
        row.Presence.Includes(Version) || (build is not null && row.Presence.Builds.Contains(build));
}
