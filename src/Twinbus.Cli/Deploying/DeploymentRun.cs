using Twinbus.Cli.Buses;
using Twinbus.Cli.Failures;
using Twinbus.Cli.Invocation;
using Twinbus.Cli.Rendering;
using Twinbus.Cli.Rendering.Progress;
using Twinbus.Deployment.Planning;
using Twinbus.Hosts.Running;
using Twinbus.Operations.Health;

namespace Twinbus.Cli.Deploying;

/// <summary>
/// The main job: environments to a plan, the plan to the hosts, and then the proof that a call is answered and a
/// notification arrives. Nothing is printed on standard output before it is over.
/// </summary>
internal sealed class DeploymentRun(CommandRun run, string purpose)
{
    public async Task<ExitCode> RunAsync(GivenTier given, CancellationToken cancellationToken)
    {
        long began = run.Surroundings.Clock.GetTimestamp();
        TierPreparation preparation = new(run);
        TierSource source = await preparation.ReadSourceAsync(given, cancellationToken).ConfigureAwait(false);
        NoticeText.Write(source.Notices, run.Terminal);

        string runId = RunId.New();
        preparation.Directory.Create();
        using DeploymentLock held = DeploymentLock.Take(preparation.Directory.Path, purpose, runId, run.Surroundings.Clock);
        PreparedTier prepared;
        RunReport report;
        HealthReport? proof = null;
        RunProgress progress = RunProgress.For(run.Terminal, run.Surroundings.Clock, run.Verbose);
        await using (progress.ConfigureAwait(false))
        {
            prepared = await preparation.PrepareAsync(source, given.AcceptNewHostKeys, cancellationToken).ConfigureAwait(false);
            await preparation.Directory.Certificates.WriteAllAsync(prepared.Certificates, cancellationToken).ConfigureAwait(false);
            await preparation.Directory.WriteAsync(prepared.Tier, prepared.Secrets, cancellationToken).ConfigureAwait(false);
            if (RunJournal.FindUnfinished(preparation.Directory.Path) is { } unfinished)
            {
                progress.Step($"going on after {unfinished.Purpose} of {unfinished.Started:yyyy-MM-dd HH:mm} UTC, which broke off");
            }

            using RunJournal journal = RunJournal.Begin(preparation.Directory.Path, purpose, runId, run.Surroundings.Clock, progress);
            report = await TierPreparation.Runner(prepared.Tier.Hosts, runId, preparation.Directory.Path, given.AcceptNewHostKeys)
                .DeployAsync(prepared.Plan, journal, cancellationToken).ConfigureAwait(false);
            if (report.Succeeded && !prepared.Tier.Departed.IsEmpty)
            {
                progress.Step("removing what was made on hosts that left");
                report = await new DepartedHosts(preparation.Directory, prepared, runId).RemoveAsync(report, journal, cancellationToken).ConfigureAwait(false);
            }

            journal.End();
            if (report.Succeeded)
            {
                progress.Step("proving each service with real traffic");
                proof = await TierHealth.CheckAsync(prepared.Tier, prepared.Secrets, new HealthOptions { Drivers = BusDrivers.All, Clock = run.Surroundings.Clock }, cancellationToken).ConfigureAwait(false);
            }
        }

        NoticeText.Write(prepared.Notices.Except(source.Notices), run.Terminal);
        Print(prepared, report, proof, run.Surroundings.Clock.GetElapsedTime(began));
        return Conclude(report, proof);
    }

    private void Print(PreparedTier prepared, RunReport report, HealthReport? proof, TimeSpan elapsed)
    {
        if (run.Format == OutputFormat.Json)
        {
            ReportJson.Write(run.Terminal, ChangeDocument.Of(report), ReportJson.Default.ChangeDocument);
        }
        else
        {
            DeploymentText.Write(prepared.Tier, report, proof, elapsed, run.Verbose, run.Terminal);
        }
    }

    private ExitCode Conclude(RunReport report, HealthReport? proof)
    {
        if (!report.Succeeded)
        {
            return FailureText.WriteAll(report.Failures.Select(FailureSentences.Explain), run.Terminal);
        }

        HealthCheck[] failed = [.. proof!.Services.SelectMany(service => service.Checks).Where(check => check.Status == CheckStatus.Failed)];
        foreach (ServiceHealth service in proof.Services.Where(service => !service.Healthy))
        {
            HealthCheck? check = service.Checks.FirstOrDefault(check => check.Status == CheckStatus.Failed);
            FailureText.Write(
                new Failure(ExitCode.Failed, $"{service.Service} is deployed and does not work: {check?.Name} at {check?.Host}: {check?.Detail}", "twinbus health shows every check"),
                run.Terminal);
        }

        return failed.Length == 0 ? ExitCode.Done : ExitCode.Failed;
    }
}
