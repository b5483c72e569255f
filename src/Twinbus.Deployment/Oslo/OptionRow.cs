using System.Collections.Immutable;

namespace Twinbus.Deployment.Oslo;

/// <summary>From a version on, up to but without another one; null: open.</summary>
internal readonly record struct ReleaseSpan(OsloVersion? From, OsloVersion? Before)
{
    public bool Contains(OsloVersion version) => !(version < From) && !(version >= Before);
}

/// <summary>Where something is known: in spans of releases, and in builds that have it beside.</summary>
internal sealed record Presence(ImmutableArray<ReleaseSpan> Spans, ImmutableArray<string> Builds)
{
    public bool Includes(OsloVersion version) => Spans.Any(span => span.Contains(version));
}

/// <summary>An option as one run of releases has it; one whose default or type changed has several rows.</summary>
internal sealed record OptionRow(OsloOption Option, Presence Presence);

/// <summary>A name that is still read for another one.</summary>
internal sealed record AliasRow(string OldGroup, string OldName, string Group, string Name, Presence Presence);
