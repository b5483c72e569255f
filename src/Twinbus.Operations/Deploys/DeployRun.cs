using System.Collections.Immutable;
using Twinbus.Deployment;
using Twinbus.Deployment.Planning;
using Twinbus.Deployment.State;
using Twinbus.Hosts.Running;
using Twinbus.Operations.Health;

namespace Twinbus.Operations.Deploys;

/// <summary>One run of a deploy.</summary>
/// <param name="context">The deployment.</param>
/// <param name="options">What is deployed, and how.</param>
/// <param name="plan">The plan that somebody looked at; null: whatever the files and hosts come to.</param>
/// <param name="progress">Told of each event.</param>
internal sealed class DeployRun(DeploymentContext context, DeployOptions options, PlanFile? plan, IProgress<OperationEvent> progress)
{
    private readonly DeploymentPreparation preparation = new(context);
    private readonly string runId = RunId.New();

    public async Task<DeployResult> RunAsync(CancellationToken cancellationToken)
    {
        long began = context.Clock.GetTimestamp();
        await RefuseNothingAsync(cancellationToken).ConfigureAwait(false);
        DeploymentSource source = await preparation.ReadSourceAsync(options.Files, options.Leaving, cancellationToken).ConfigureAwait(false);
        source.RequireDeployable();
        Tell(source.Notices);

        preparation.Directory.Create();
        using DeploymentLock held = DeploymentLock.Take(preparation.Directory.Path, options.Purpose, runId, context.Clock);
        DeploymentPlanning planning = await preparation.BeginPlanningAsync(source, cancellationToken).ConfigureAwait(false);
        (RunReport report, bool isDeployed) = await ChangeAsync(source, planning, cancellationToken).ConfigureAwait(false);
        HealthReport? verification = isDeployed ? await VerifyAsync(planning.Prepared, cancellationToken).ConfigureAwait(false) : null;
        Tell(planning.Notices.Except(source.Notices));
        return new DeployResult
        {
            Deployment = planning.Prepared.Deployment,
            Report = report,
            Verification = verification,
            Elapsed = context.Clock.GetElapsedTime(began),
        };
    }

    private async Task RefuseNothingAsync(CancellationToken cancellationToken)
    {
        if (!options.MayDeployDefault && options.Files.Environments.IsEmpty
            && await preparation.Directory.FindDeploymentAsync(cancellationToken).ConfigureAwait(false) is null)
        {
            throw new DeploymentException(DeploymentFailureReason.InvalidInput, new Problem(
                "Nothing says what to deploy",
                $"no environment file is given, and nothing is deployed from {context.Directory} yet",
                "give an environment file with -e, or run twinbus up for the default"));
        }
    }

    /// <summary>What was done, and whether all is deployed: what could not be removed from a host that left is no part of that.</summary>
    private async Task<(RunReport Report, bool IsDeployed)> ChangeAsync(DeploymentSource source, DeploymentPlanning planning, CancellationToken cancellationToken)
    {
        DeploymentDirectory directory = preparation.Directory;
        HostProgress hosts = new(progress);
        using JournalledProgress journalled = new(hosts);
        PlanMaker maker = planning.Maker() with
        {
            Settled = async token =>
            {
                await KeepAsync(planning.Prepared, token).ConfigureAwait(false);
                journalled.Begin(RunJournal.Begin(directory.Path, options.Purpose, runId, context.Clock, hosts));
            },
            Remember = directory.WriteFactsAsync,
        };
        RunReport report = await HostRunners.For(source.Hosts, runId, directory.Path, options.Reach)
            .DeployAsync(maker, plan?.Fingerprints.ToImmutableDictionary() ?? ImmutableDictionary<string, string>.Empty, journalled, cancellationToken)
            .ConfigureAwait(false);
        bool isDeployed = report.Succeeded;
        if (isDeployed && !planning.Prepared.Deployment.Departed.IsEmpty)
        {
            progress.Report(new StepBegun("removing what was deployed on hosts that left the inventory"));
            DepartedHosts departed = new(directory, planning.Prepared, runId, options.Reach);
            report = await departed.RemoveAsync(report, journalled, cancellationToken).ConfigureAwait(false);
        }

        journalled.End();
        return (report, isDeployed);
    }

    // Before anything is changed on any host.
    private async Task KeepAsync(PreparedDeployment prepared, CancellationToken cancellationToken)
    {
        DeploymentDirectory directory = preparation.Directory;
        plan?.RefuseMovedModel(prepared.Deployment);
        await directory.Certificates.WriteAllAsync(prepared.Certificates, cancellationToken).ConfigureAwait(false);
        await directory.WriteAsync(prepared.Deployment, prepared.Secrets, cancellationToken).ConfigureAwait(false);
        if (RunJournal.FindUnfinished(directory.Path) is { } unfinished)
        {
            progress.Report(new StepBegun($"continuing after {unfinished.Purpose} of {unfinished.Started:yyyy-MM-dd HH:mm} UTC, which was cut off"));
        }
    }

    private Task<HealthReport> VerifyAsync(PreparedDeployment prepared, CancellationToken cancellationToken)
    {
        progress.Report(new StepBegun("verifying each service with real traffic"));
        HealthOptions how = new() { Drivers = context.Drivers, Clock = context.Clock };
        return TierHealth.CheckAsync(prepared.Deployment, prepared.Secrets, how, cancellationToken);
    }

    private void Tell(IEnumerable<Problem> notices)
    {
        foreach (Problem notice in notices)
        {
            progress.Report(new NoticeRaised(notice));
        }
    }
}
