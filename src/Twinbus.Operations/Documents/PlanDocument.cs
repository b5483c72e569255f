using System.Collections.Immutable;
using Twinbus.Hosts.Running;
using Twinbus.Operations.Deploys;

namespace Twinbus.Operations.Documents;

/// <summary>What a deploy would change: <c>plan --format json</c>.</summary>
public sealed record PlanDocument() : Document("twinbus-plan", 1)
{
    /// <summary>How many resources would change.</summary>
    public required int Changed { get; init; }

    /// <summary>Those resources only.</summary>
    public required ImmutableArray<ResourceChange> Resources { get; init; }

    /// <summary>The hosts that could not be read.</summary>
    public required ImmutableArray<FailureDocument> Failures { get; init; }

    /// <summary>Hosts that left the inventory: all that was made there would be removed.</summary>
    public required ImmutableArray<string> Leaving { get; init; }

    /// <summary>The document of <paramref name="plan"/>.</summary>
    public static PlanDocument Of(PlanResult plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new PlanDocument
        {
            Changed = plan.Report.Changes.Length,
            Resources = plan.Report.Changes,
            Failures = [.. plan.Report.Failures.Select(FailureDocument.Of)],
            Leaving = plan.Leaving,
        };
    }
}
