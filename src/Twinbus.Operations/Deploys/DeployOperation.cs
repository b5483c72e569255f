using Twinbus.Deployment;
using Twinbus.Deployment.State;

namespace Twinbus.Operations.Deploys;

/// <summary>
/// The main job: environment files to a plan, the plan to the hosts, and then each service is verified: a call is answered, a
/// notification arrives. Failures of hosts and services are in the result and do not throw.
/// </summary>
public sealed class DeployOperation(DeploymentContext context)
{
    /// <summary>Deploys.</summary>
    /// <param name="options">What, and how.</param>
    /// <param name="progress">Told of each event as it happens, one at a time, from any thread.</param>
    /// <param name="cancellationToken">Ends the run; hosts stop after the resource at hand.</param>
    /// <exception cref="DeploymentException">The input is wrong, or the plan file no longer holds; no host was changed.</exception>
    /// <exception cref="Twinbus.Hosts.HostException">Another run has locked the deployment.</exception>
    public async Task<DeployResult> RunAsync(DeployOptions options, IProgress<OperationEvent> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(progress);
        if (options.PlanFile is not { } file)
        {
            return await new DeployRun(context, options, plan: null, progress).RunAsync(cancellationToken).ConfigureAwait(false);
        }

        PlanFile plan = await PlanFile.ReadAsync(file, ProductVersion.Text, context.Directory, cancellationToken).ConfigureAwait(false);
        await plan.RefuseMovedInputsAsync(cancellationToken).ConfigureAwait(false);
        DeployOptions planned = options with
        {
            Files = new DeploymentFiles { Environments = plan.Deployment.EnvironmentFiles, Roles = plan.Deployment.RolesFile, Inventory = plan.Deployment.InventoryFile },
            Leaving = new LeavingHosts(plan.StartEmpty, plan.Forgotten),
            MayDeployDefault = true,
        };
        return await new DeployRun(context, planned, plan, progress).RunAsync(cancellationToken).ConfigureAwait(false);
    }
}
