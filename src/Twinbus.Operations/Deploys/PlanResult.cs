using System.Collections.Immutable;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.State;
using Twinbus.Hosts.Running;

namespace Twinbus.Operations.Deploys;

/// <summary>What a deploy would change.</summary>
public sealed record PlanResult
{
    /// <summary>The model that would be deployed.</summary>
    public required MessagingDeployment Deployment { get; init; }

    /// <summary>What would change, and the hosts that could not be read.</summary>
    public required RunReport Report { get; init; }

    /// <summary>The plan for a file, so that exactly this can be deployed later; null when a host could not be read.</summary>
    public required PlanFile? File { get; init; }

    /// <summary>Hosts that left the inventory: all that was made there would be removed.</summary>
    public ImmutableArray<string> Leaving => [.. Deployment.Departed.Select(host => host.Name)];

    /// <summary>Whether a deploy would change something.</summary>
    public bool HasChanges => !Report.Changes.IsEmpty || !Deployment.Departed.IsEmpty;
}
