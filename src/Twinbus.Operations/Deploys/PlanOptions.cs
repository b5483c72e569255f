namespace Twinbus.Operations.Deploys;

/// <summary>What a plan is made of.</summary>
public sealed record PlanOptions
{
    /// <summary>The files that describe the deployment.</summary>
    public DeploymentFiles Files { get; init; } = DeploymentFiles.None;

    /// <summary>What may become of hosts that leave.</summary>
    public LeavingHosts Leaving { get; init; } = LeavingHosts.None;

    /// <summary>How hosts are reached.</summary>
    public HostReach Reach { get; init; } = new();
}
