using System.Text.Json;
using Twinbus.Hosts.Running;
using Twinbus.Operations.Deploys;

namespace Twinbus.Operations.Documents;

/// <summary>An event of a run: a line of <c>--format json</c>. What an event does not have is left out.</summary>
public sealed record EventDocument() : Document("twinbus-event", 1)
{
    /// <summary>When it happened.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>
    /// <c>step</c>, <c>reached</c>, <c>awaited</c>, <c>checked</c>, <c>host-checked</c>, <c>stage</c>, <c>progress</c>, <c>converged</c>,
    /// <c>stage-ended</c>, <c>claim-refused</c>, <c>failed</c> or <c>ended</c>.
    /// </summary>
    public required string Event { get; init; }

    /// <summary>The host's inventory name; a step has none.</summary>
    public string? Host { get; init; }

    /// <summary><c>claim</c>, <c>prepare</c>, <c>configure</c>, <c>start</c>, <c>cluster</c>, <c>provision</c> or <c>verify</c>.</summary>
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

    /// <summary>The line of an event at <paramref name="time"/>, or null for one that is for people or the program's own business.</summary>
    public static EventDocument? Of(OperationEvent happened, DateTimeOffset time) => happened switch
    {
        StepBegun step => new EventDocument { Time = time, Event = "step", Text = step.Text },
        HostReported reported => Of(reported.Happened, time),
        _ => null,
    };

    private static EventDocument? Of(HostEvent happened, DateTimeOffset time)
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
            ClaimRefused e => Line("claim-refused") with { Failure = FailureDocument.Of(e.Failure) },
            HostFailed e => Line("failed") with { Failure = FailureDocument.Of(e.Failure) },
            HostEnded => Line("ended"),
            _ => null,
        };

        EventDocument Line(string name) => new() { Time = time, Event = name, Host = happened.Host };
    }

    private static string NameOf(Hosts.Stage stage) => JsonNamingPolicy.KebabCaseLower.ConvertName(stage.ToString());
}
