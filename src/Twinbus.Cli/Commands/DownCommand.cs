using System.Collections.Immutable;
using System.CommandLine;
using Twinbus.Cli.Deploying;
using Twinbus.Cli.Failures;
using Twinbus.Cli.Invocation;
using Twinbus.Cli.Rendering;
using Twinbus.Cli.Rendering.Progress;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.State;
using Twinbus.Hosts;
using Twinbus.Hosts.Locks;
using Twinbus.Hosts.Running;

namespace Twinbus.Cli.Commands;

/// <summary>Removes exactly what the deployment made.</summary>
internal sealed class DownCommand : Verb
{
    private readonly Option<bool> purge = new("--purge") { Description = "Remove packages too, those that this deployment installed." };

    private readonly Option<int> parallel = HostReach.ParallelOption();

    private readonly Option<string[]> forget = LeavingHosts.ForgetOption();

    public DownCommand()
        : base(
            "down",
            "Stop and remove all that up made: brokers and what they store, users, directories, and the passwords kept in the deployment directory.",
            new Example("twinbus down", "the distribution's packages stay"),
            new Example("twinbus down --purge", "packages that this deployment installed go too"))
    {
        Add(purge);
        Add(parallel);
        Add(forget);
        Notes = ["What the brokers hold is lost: queues, messages, users. Exit codes: 0 done or nothing was there, 1 failed, 5 another run holds the deployment."];
    }

    public override async Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        DeploymentDirectory directory = new(run.DeploymentDirectory);
        if (await directory.FindDeploymentAsync(cancellationToken).ConfigureAwait(false) is null)
        {
            Print(run, $"nothing is deployed from {directory.Path}", RunReport.Nothing);
            return ExitCode.Done;
        }

        string runId = RunId.New();
        RunReport report;
        MessagingDeployment tier;
        using (DeploymentLock held = DeploymentLock.Take(directory.Path, "down", runId, run.Surroundings.Clock))
        {
            tier = await directory.ReadDeploymentAsync(cancellationToken).ConfigureAwait(false);
            string[] forgotten = run.Value(forget) ?? [];
            RefuseUnknown(forgotten, tier);
            RunProgress progress = RunProgress.Telling(run);
            await using (progress.ConfigureAwait(false))
            {
                ImmutableArray<DeploymentHost> hosts = [.. tier.Hosts.Concat(tier.Departed).Where(host => !forgotten.Contains(host.Name))];
                report = await TierPreparation.Runner(hosts, runId, directory.Path, new HostReach(run.Value(parallel)))
                    .RemoveAsync(tier.Name, [.. hosts.Select(host => host.Name)], run.Value(purge), progress, cancellationToken)
                    .ConfigureAwait(false);
            }

            if (report.Succeeded)
            {
                directory.Forget();
                RunJournal.Forget(directory.Path);
                File.Delete(TierPreparation.KnownHosts(directory.Path));
                held.Remove();
            }
        }

        Print(run, $"{tier.Name}: {report.Changes.Length} removed", report);
        return report.Succeeded ? ExitCode.Done : FailureText.WriteAll(report.Failures.Select(Explain), run.Terminal);
    }

    private static Failure Explain(HostFailure failure) => FailureSentences.Explain(failure.Reason == HostFailureReason.Unreachable
        ? failure with { Next = $"{failure.Next} If the host is gone for good: twinbus down --forget {failure.Host}" }
        : failure);

    private static void RefuseUnknown(string[] forgotten, MessagingDeployment tier)
    {
        string[] names = [.. tier.Hosts.Concat(tier.Departed).Select(host => host.Name)];
        if (Array.Find(forgotten, name => !names.Contains(name)) is { } unknown)
        {
            throw new UsageException($"{unknown} is no host of {tier.Name}: those are {string.Join(", ", names)}.", "mend the name, or leave it out");
        }
    }

    private static void Print(CommandRun run, string text, RunReport report)
    {
        if (run.Format == OutputFormat.Json)
        {
            ReportJson.WriteLine(run.Terminal, ReportDocument.Of(report, proof: null, run.Surroundings.Clock));
            return;
        }

        run.Terminal.Output.WriteLine(text);
        foreach (string line in ChangeText.Lines(report.Changes, pending: false, inFull: run.Verbose, run.Terminal.OutputStyle))
        {
            run.Terminal.Output.WriteLine($"  {line}");
        }
    }
}
