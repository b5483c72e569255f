using Twinbus.Deployment;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Planning;

namespace Twinbus.Operations.Deploys;

/// <summary>Every parameter with its value and where the value came from; asks no host.</summary>
public sealed class ParametersOperation(DeploymentContext context)
{
    /// <summary>
    /// Reads <paramref name="files"/>. Without environment files the parameters are those of the last deploy, with the ports that it allocated.
    /// </summary>
    /// <exception cref="DeploymentException">All that is wrong with the files, at once.</exception>
    public async Task<ParametersResult> RunAsync(DeploymentFiles files, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(files);
        DeploymentPreparation preparation = new(context);
        DeploymentSource source = await preparation.ReadSourceAsync(files, LeavingHosts.None, cancellationToken).ConfigureAwait(false);
        MessagingDeployment? deployed = files.Environments.IsEmpty ? await preparation.Directory.FindDeploymentAsync(cancellationToken).ConfigureAwait(false) : null;
        return new ParametersResult(deployed?.Parameters ?? source.Parameters, source.Ignored);
    }
}
