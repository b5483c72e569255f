using Twinbus.Deployment;
using Twinbus.Deployment.Planning;

namespace Twinbus.Operations.Deploys;

/// <summary>Checks files, and asks no host.</summary>
public sealed class ValidateOperation(DeploymentContext context)
{
    /// <summary>Reads and checks <paramref name="files"/>. Mistakes are in the result and do not throw.</summary>
    /// <exception cref="DeploymentException">What is kept of the deployment cannot be read.</exception>
    public async Task<ValidationResult> RunAsync(DeploymentFiles files, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(files);
        try
        {
            DeploymentSource source = await new DeploymentPreparation(context).ReadSourceAsync(files, LeavingHosts.None, cancellationToken).ConfigureAwait(false);
            return new ValidationResult([], [.. source.Notices, .. source.NotDeployed]);
        }
        catch (DeploymentException mistakes) when (mistakes.Reason == DeploymentFailureReason.InvalidInput)
        {
            return new ValidationResult(mistakes.Problems, []);
        }
    }
}
