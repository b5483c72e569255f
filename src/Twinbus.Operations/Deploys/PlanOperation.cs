using System.Collections.Immutable;
using Twinbus.Deployment;
using Twinbus.Deployment.Planning;
using Twinbus.Deployment.State;
using Twinbus.Hosts.Running;

namespace Twinbus.Operations.Deploys;

/// <summary>What a deploy would change. Writes nothing, not even in the deployment directory.</summary>
public sealed class PlanOperation(DeploymentContext context)
{
    /// <summary>Reads the hosts and compares.</summary>
    /// <param name="options">What the plan is made of.</param>
    /// <param name="progress">Told of each event as it happens, one at a time, from any thread.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    /// <exception cref="DeploymentException">The input is wrong; no host was asked.</exception>
    public async Task<PlanResult> RunAsync(PlanOptions options, IProgress<OperationEvent> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(progress);
        DeploymentPreparation preparation = new(context);
        DeploymentSource source = await preparation.ReadSourceAsync(options.Files, options.Leaving, cancellationToken).ConfigureAwait(false);
        source.RequireDeployable();
        ImmutableArray<PlannedInput> inputs = await PlanFile.InputsAsync(source, cancellationToken).ConfigureAwait(false);
        DeploymentPlanning planning = await preparation.BeginPlanningAsync(source, cancellationToken).ConfigureAwait(false);
        HostRunner runner = HostRunners.For(source.Hosts, RunId.New(), preparation.Directory.Path, options.Reach);
        RunReport report = await runner.CheckAsync(planning.Maker(), new HostProgress(progress), cancellationToken).ConfigureAwait(false);
        foreach (Problem notice in planning.Notices)
        {
            progress.Report(new NoticeRaised(notice));
        }

        return new PlanResult
        {
            Deployment = planning.Prepared.Deployment,
            Report = report,
            File = report.Succeeded ? FileOf(options, planning.Prepared, report, inputs) : null,
        };
    }

    private PlanFile FileOf(PlanOptions options, PreparedDeployment prepared, RunReport report, ImmutableArray<PlannedInput> inputs) => new()
    {
        MadeBy = ProductVersion.Text,
        Made = context.Clock.GetUtcNow(),
        DeploymentDirectory = context.Directory,
        Inputs = inputs,
        Deployment = prepared.Deployment,
        StartEmpty = options.Leaving.StartEmpty,
        Forgotten = options.Leaving.Forgotten,
        Changes = report.Changes,
        Fingerprints = report.Fingerprints.ToImmutableSortedDictionary(StringComparer.Ordinal),
    };
}
