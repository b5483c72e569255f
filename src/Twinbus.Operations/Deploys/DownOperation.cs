using System.Collections.Immutable;
using Twinbus.Deployment;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.State;
using Twinbus.Hosts;
using Twinbus.Hosts.Running;

namespace Twinbus.Operations.Deploys;

/// <summary>Removes exactly what the deployment made, and then what is kept of it. Failures of hosts are in the result and do not throw.</summary>
public sealed class DownOperation(DeploymentContext context)
{
    /// <summary>Removes it.</summary>
    /// <param name="options">How.</param>
    /// <param name="progress">Told of each event as it happens, one at a time, from any thread.</param>
    /// <param name="cancellationToken">Ends the run; hosts stop after the resource at hand.</param>
    /// <exception cref="DeploymentException">A host that is to be forgotten is none of the deployment's.</exception>
    /// <exception cref="HostException">Another run has locked the deployment.</exception>
    public async Task<DownResult> RunAsync(DownOptions options, IProgress<OperationEvent> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(progress);
        DeploymentDirectory directory = new(context.Directory);
        if (await directory.FindDeploymentAsync(cancellationToken).ConfigureAwait(false) is null)
        {
            return new DownResult(null, RunReport.Nothing);
        }

        string runId = RunId.New();
        using DeploymentLock held = DeploymentLock.Take(directory.Path, "down", runId, context.Clock);
        MessagingDeployment tier = await directory.ReadDeploymentAsync(cancellationToken).ConfigureAwait(false);
        RefuseUnknown(options.Forgotten, tier);
        ImmutableArray<DeploymentHost> hosts = [.. tier.Hosts.Concat(tier.Departed).Where(host => !options.Forgotten.Contains(host.Name))];
        RunReport report = await HostRunners.For(hosts, runId, directory.Path, options.Reach)
            .RemoveAsync(tier.Name, [.. hosts.Select(host => host.Name)], options.PurgePackages, new HostProgress(progress), cancellationToken)
            .ConfigureAwait(false);
        if (report.Succeeded)
        {
            directory.Forget();
            RunJournal.Forget(directory.Path);
            File.Delete(HostRunners.KnownHosts(directory.Path));
            held.Remove();
        }

        return new DownResult(tier.Name, report with { Failures = [.. report.Failures.Select(Explain)] });
    }

    private static HostFailure Explain(HostFailure failure) => failure.Reason == HostFailureReason.Unreachable
        ? failure with { Next = $"{failure.Next} If the host is gone for good: twinbus down --forget {failure.Host}" }
        : failure;

    private static void RefuseUnknown(ImmutableArray<string> forgotten, MessagingDeployment tier)
    {
        string[] names = [.. tier.Hosts.Concat(tier.Departed).Select(host => host.Name)];
        if (forgotten.FirstOrDefault(name => !names.Contains(name)) is { } unknown)
        {
            throw new DeploymentException(DeploymentFailureReason.InvalidInput, new Problem(
                $"the host {unknown} cannot be forgotten",
                $"{tier.Name} has no such host: it has {string.Join(", ", names)}",
                "correct the name, or leave it out"));
        }
    }
}
