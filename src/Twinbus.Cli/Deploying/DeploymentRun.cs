using System.Collections.Immutable;
using Twinbus.Cli.Buses;
using Twinbus.Cli.Failures;
using Twinbus.Cli.Invocation;
using Twinbus.Cli.Rendering;
using Twinbus.Cli.Rendering.Progress;
using Twinbus.Deployment.Planning;
using Twinbus.Deployment.State;
using Twinbus.Hosts.Locks;
using Twinbus.Hosts.Running;
using Twinbus.Operations.Health;

namespace Twinbus.Cli.Deploying;

/// <summary>
/// The main job: environments to a plan, the plan to the hosts, and then the proof that a call is answered and a
/// notification arrives. Nothing is printed on standard output before it is over.
/// </summary>
internal sealed class DeploymentRun(CommandRun run, string purpose)
{
    private readonly TierPreparation preparation = new(run);
    private readonly string runId = RunId.New();

    private PlanFile? looked;

    /// <summary>Deploys a plan that was looked at, or changes nothing when anything that it was made of moved on.</summary>
    public async Task<ExitCode> RunAsync(PlanFile plan, HostReach reach, CancellationToken cancellationToken)
    {
        looked = plan;
        await plan.RefuseMovedInputsAsync(cancellationToken).ConfigureAwait(false);
        GivenTier given = new(plan.Deployment.EnvironmentFiles, plan.Deployment.RolesFile, plan.Deployment.InventoryFile, reach) { Leaving = new LeavingHosts(plan.StartEmpty, plan.Forgotten) };
        return await RunAsync(given, cancellationToken).ConfigureAwait(false);
    }

    public async Task<ExitCode> RunAsync(GivenTier given, CancellationToken cancellationToken)
    {
        long began = run.Surroundings.Clock.GetTimestamp();
        DeploymentSource source = await preparation.ReadSourceAsync(given, cancellationToken).ConfigureAwait(false);
        source.RequireDeployable();
        NoticeText.Write(source.Notices, run.Terminal);

        preparation.Directory.Create();
        using DeploymentLock held = DeploymentLock.Take(preparation.Directory.Path, purpose, runId, run.Surroundings.Clock);
        TierPlanning planning = await preparation.BeginPlanningAsync(source, cancellationToken).ConfigureAwait(false);
        RunReport report;
        HealthReport? proof = null;
        RunProgress progress = RunProgress.Telling(run);
        await using (progress.ConfigureAwait(false))
        {
            (report, bool isDeployed) = await ChangeAsync(source, planning, given, progress, cancellationToken).ConfigureAwait(false);
            if (isDeployed)
            {
                progress.Step("proving each service with real traffic");
                proof = await TierHealth.CheckAsync(planning.Prepared.Deployment, planning.Prepared.Secrets, new HealthOptions { Drivers = BusDrivers.All, Clock = run.Surroundings.Clock }, cancellationToken).ConfigureAwait(false);
            }
        }

        NoticeText.Write(planning.Notices.Except(source.Notices), run.Terminal);
        Print(planning.Prepared, report, proof, run.Surroundings.Clock.GetElapsedTime(began));
        return Conclude(report, proof);
    }

    /// <summary>What was done, and whether all is deployed: what could not be removed from a host that left is no part of it.</summary>
    private async Task<(RunReport Report, bool IsDeployed)> ChangeAsync(DeploymentSource source, TierPlanning planning, GivenTier given, RunProgress progress, CancellationToken cancellationToken)
    {
        DeploymentDirectory directory = preparation.Directory;
        using JournalledProgress journalled = new(progress);
        PlanFactory factory = planning.Factory() with
        {
            Resolved = async token =>
            {
                looked?.RefuseMovedModel(planning.Prepared.Deployment);
                await directory.Certificates.WriteAllAsync(planning.Prepared.Certificates, token).ConfigureAwait(false);
                await directory.WriteAsync(planning.Prepared.Deployment, planning.Prepared.Secrets, token).ConfigureAwait(false);
                if (RunJournal.FindUnfinished(directory.Path) is { } unfinished)
                {
                    progress.Step($"going on after {unfinished.Purpose} of {unfinished.Started:yyyy-MM-dd HH:mm} UTC, which broke off");
                }

                journalled.Begin(RunJournal.Begin(directory.Path, purpose, runId, run.Surroundings.Clock, progress));
            },
            Remember = directory.WriteFactsAsync,
        };
        RunReport report = await TierPreparation.Runner(source.Hosts, runId, directory.Path, given.Reach)
            .DeployAsync(factory, looked?.Fingerprints.ToImmutableDictionary() ?? ImmutableDictionary<string, string>.Empty, journalled, cancellationToken).ConfigureAwait(false);
        bool isDeployed = report.Succeeded;
        if (isDeployed && !planning.Prepared.Deployment.Departed.IsEmpty)
        {
            progress.Step("removing what was made on hosts that left");
            report = await new DepartedHosts(directory, planning.Prepared, runId, given.Reach).RemoveAsync(report, journalled, cancellationToken).ConfigureAwait(false);
        }

        journalled.End();
        return (report, isDeployed);
    }

    private void Print(PreparedDeployment prepared, RunReport report, HealthReport? proof, TimeSpan elapsed)
    {
        if (run.Format == OutputFormat.Json)
        {
            ReportJson.WriteLine(run.Terminal, ReportDocument.Of(report, proof, run.Surroundings.Clock));
        }
        else
        {
            DeploymentText.Write(prepared.Deployment, report, proof, elapsed, run.Verbose, run.Terminal);
        }
    }

    private ExitCode Conclude(RunReport report, HealthReport? proof)
    {
        ExitCode changed = report.Succeeded ? ExitCode.Done : FailureText.WriteAll(report.Failures.Select(FailureSentences.Explain), run.Terminal);
        if (proof is null)
        {
            return changed;
        }

        HealthCheck[] failed = [.. proof.Services.SelectMany(service => service.Checks).Where(check => check.Status == CheckStatus.Failed)];
        foreach (ServiceHealth service in proof.Services.Where(service => !service.Healthy))
        {
            HealthCheck? check = service.Checks.FirstOrDefault(check => check.Status == CheckStatus.Failed);
            FailureText.Write(
                new Failure(ExitCode.Failed, $"{service.Service} does not work: {check?.Name} at {check?.Host}: {check?.Detail}", "twinbus health shows every check"),
                run.Terminal);
        }

        return failed.Length == 0 ? changed : ExitCode.Failed;
    }
}
