using System.Collections.Immutable;
using Twinbus.Hosts.Running;
using Twinbus.Operations.Health;

namespace Twinbus.Operations.Documents;

/// <summary>What a run came to: the last line of <c>up</c>, <c>deploy</c> and <c>down</c> with <c>--format json</c>, after a line for each event.</summary>
public sealed record ReportDocument() : Document("twinbus-report", 1)
{
    /// <summary>When the run ended.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary><c>report</c>, so that a reader of the stream needs one name only.</summary>
    public string Event { get; } = "report";

    /// <summary>How many resources changed.</summary>
    public required int Changed { get; init; }

    /// <summary>Those resources only.</summary>
    public required ImmutableArray<ResourceChange> Resources { get; init; }

    /// <summary>The hosts that failed.</summary>
    public required ImmutableArray<FailureDocument> Failures { get; init; }

    /// <summary>What real traffic showed; not there when the hosts did not come so far.</summary>
    public required HealthReport? Health { get; init; }

    /// <summary>The document of a run that ended at <paramref name="time"/>.</summary>
    public static ReportDocument Of(RunReport report, HealthReport? verification, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(report);
        return new ReportDocument
        {
            Time = time,
            Changed = report.Changes.Length,
            Resources = report.Changes,
            Failures = [.. report.Failures.Select(FailureDocument.Of)],
            Health = verification,
        };
    }
}
