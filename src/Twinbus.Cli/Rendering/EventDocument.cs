using System.Text.Json;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Plans;

namespace Twinbus.Cli.Rendering;

/// <summary>A line of <c>--format json</c>. What an event does not have is left out.</summary>
/// <param name="Time">When it happened.</param>
/// <param name="Event"><c>step</c>, <c>reached</c>, <c>awaited</c>, <c>checked</c>, <c>host-checked</c>, <c>stage</c>, <c>progress</c>, <c>converged</c>, <c>stage-ended</c>, <c>reservation-refused</c>, <c>failed</c> or <c>ended</c>.</param>
internal sealed record EventDocument(DateTimeOffset Time, string Event)
{
    /// <summary>The host's inventory name; a step has none.</summary>
    public string? Host { get; init; }

    /// <summary><c>reserve</c>, <c>prepare</c>, <c>configure</c>, <c>start</c>, <c>cluster</c>, <c>provision</c> or <c>verify</c>.</summary>
    public string? Stage { get; init; }

    /// <summary>The resource's kind.</summary>
    public string? Kind { get; init; }

    /// <summary>The resource's name.</summary>
    public string? Name { get; init; }

    /// <summary>What was done to it, or would be.</summary>
    public ResourceAction? Action { get; init; }

    /// <summary>What differs, or differed, in a plain phrase.</summary>
    public string? Detail { get; init; }

    /// <summary>What takes time, in a plain phrase.</summary>
    public string? Text { get; init; }

    /// <summary>How many resources are to be changed.</summary>
    public int? Pending { get; init; }

    /// <summary>Why the host takes no further part, or needs another plan.</summary>
    public FailureDocument? Failure { get; init; }

    /// <summary>The line of a host's event, or null for one that is the program's own business.</summary>
    public static EventDocument? Of(HostEvent happened, DateTimeOffset time)
    {
        return happened switch
        {
            HostReached => Line("reached"),
            RunAwaited e => Line("awaited") with { Text = e.Text },
            ResourceChecked e => Line("checked") with { Kind = e.Kind, Name = e.Name, Action = e.Action, Detail = e.Detail },
            HostChecked e => Line("host-checked") with { Pending = e.Pending },
            StageBegun e => Line("stage") with { Stage = NameOf(e.Stage) },
            ResourceProgress e => Line("progress") with { Kind = e.Kind, Name = e.Name, Text = e.Text },
            ResourceConverged e => Line("converged") with { Kind = e.Kind, Name = e.Name, Action = e.Action, Detail = e.Detail },
            StageEnded e => Line("stage-ended") with { Stage = NameOf(e.Stage) },
            ReservationRefused e => Line("reservation-refused") with { Failure = FailureDocument.Of(e.Failure) },
            HostFailed e => Line("failed") with { Failure = FailureDocument.Of(e.Failure) },
            HostEnded => Line("ended"),
            _ => null,
        };

        EventDocument Line(string name) => new(time, name) { Host = happened.Host };
    }

    private static string NameOf(Hosts.Plans.Stage stage) => JsonNamingPolicy.KebabCaseLower.ConvertName(stage.ToString());
}
