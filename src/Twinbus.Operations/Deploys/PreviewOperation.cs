using Twinbus.Deployment;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Planning;

namespace Twinbus.Operations.Deploys;

/// <summary>The model that files come to, without a deploy and without asking any host.</summary>
public sealed class PreviewOperation(DeploymentContext context)
{
    /// <summary>Reads <paramref name="files"/>. A port that is a default can turn out to be taken when it is deployed.</summary>
    /// <exception cref="DeploymentException">All that is wrong with them, at once.</exception>
    public async Task<MessagingDeployment> RunAsync(DeploymentFiles files, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(files);
        DeploymentPreparation preparation = new(context);
        DeploymentSource source = await preparation.ReadSourceAsync(files, LeavingHosts.None, cancellationToken).ConfigureAwait(false);
        return await preparation.ForeseeAsync(source, cancellationToken).ConfigureAwait(false);
    }
}
