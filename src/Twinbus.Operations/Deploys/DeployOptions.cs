namespace Twinbus.Operations.Deploys;

/// <summary>What is deployed, and how.</summary>
public sealed record DeployOptions
{
    /// <summary>What the run is called in locks and journals, such as <c>deploy</c> or <c>up</c>.</summary>
    public string Purpose { get; init; } = "deploy";

    /// <summary>The files that describe the deployment.</summary>
    public DeploymentFiles Files { get; init; } = DeploymentFiles.None;

    /// <summary>What may become of hosts that leave.</summary>
    public LeavingHosts Leaving { get; init; } = LeavingHosts.None;

    /// <summary>How hosts are reached.</summary>
    public HostReach Reach { get; init; } = new();

    /// <summary>
    /// A file that <see cref="PlanResult.File"/> was written to, absolute: exactly that is deployed, or nothing when its files, its model
    /// or a host changed. It stands for <see cref="Files"/> and <see cref="Leaving"/>, which are not looked at.
    /// </summary>
    public string? PlanFile { get; init; }

    /// <summary>Whether the default environment is deployed when neither this run nor an earlier one says what.</summary>
    public bool MayDeployDefault { get; init; }
}
