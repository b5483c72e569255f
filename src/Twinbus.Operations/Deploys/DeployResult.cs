using Twinbus.Deployment.Model;
using Twinbus.Hosts.Running;
using Twinbus.Operations.Health;

namespace Twinbus.Operations.Deploys;

/// <summary>What a deploy came to.</summary>
public sealed record DeployResult
{
    /// <summary>The model that was deployed.</summary>
    public required MessagingDeployment Deployment { get; init; }

    /// <summary>What changed, and what failed.</summary>
    public required RunReport Report { get; init; }

    /// <summary>What real traffic showed; null when the hosts did not come so far.</summary>
    public required HealthReport? Verification { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Whether every host did all that was asked, and every service works.</summary>
    public bool Succeeded => Report.Succeeded && Verification is { Healthy: true };
}
