using System.Collections.Immutable;
using Twinbus.Cli.Invocation;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Planning;
using Twinbus.Deployment.State;
using Twinbus.Hosts;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Running;

namespace Twinbus.Cli.Deploying;

/// <summary>Removes what was made on hosts that left the inventory. One that cannot be reached is tried again by the next deploy.</summary>
internal sealed class DepartedHosts(DeploymentDirectory directory, PreparedDeployment prepared, string runId, HostReach reach)
{
    /// <summary>The report of the deploy with what was removed, and what failed, added.</summary>
    public async Task<RunReport> RemoveAsync(RunReport deployed, IProgress<HostEvent> progress, CancellationToken cancellationToken)
    {
        MessagingDeployment tier = prepared.Deployment;
        RunReport removed = await TierPreparation.Runner(tier.Departed, runId, directory.Path, reach)
            .RemoveAsync(tier.Name, [.. tier.Departed.Select(host => host.Name)], purgePackages: false, progress, cancellationToken)
            .ConfigureAwait(false);
        ImmutableArray<DeploymentHost> left = [.. tier.Departed.Where(host => removed.Failures.Any(failure => failure.Host == host.Name))];
        await directory.WriteAsync(tier with { Departed = left }, prepared.Secrets, cancellationToken).ConfigureAwait(false);
        return deployed with
        {
            Changes = [.. deployed.Changes, .. removed.Changes],
            Failures = [.. deployed.Failures, .. removed.Failures.Select(Explain)],
        };
    }

    private static HostFailure Explain(HostFailure failure) => failure with
    {
        What = $"It left the inventory, and what was made there could not be removed. {failure.What}",
        Next = failure.Reason == HostFailureReason.Unreachable
            ? $"The next deploy tries again. If the host is gone for good: twinbus deploy --forget {failure.Host}"
            : failure.Next,
    };
}
