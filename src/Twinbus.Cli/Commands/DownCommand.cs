using System.CommandLine;
using Twinbus.Cli.Failures;
using Twinbus.Cli.Invocation;
using Twinbus.Cli.Output;
using Twinbus.Cli.Rendering;
using Twinbus.Cli.Rendering.Progress;
using Twinbus.Operations.Deploys;
using Twinbus.Operations.Documents;

namespace Twinbus.Cli.Commands;

/// <summary>Removes exactly what the deployment made.</summary>
internal sealed class DownCommand : LeafCommand
{
    private readonly Option<bool> purge = new("--purge") { Description = "Also remove packages that this deployment installed." };

    private readonly Option<int> parallel = HostOptions.Parallel();

    private readonly Option<string[]> forget = HostOptions.Forget();

    public DownCommand()
        : base(
            "down",
            "Stop and remove everything that was deployed: brokers and their data, users, directories, and the passwords in the deployment directory.",
            new Example("twinbus down", "keep the distribution's packages"),
            new Example("twinbus down --purge", "also remove packages that this deployment installed"))
    {
        Add(purge);
        Add(parallel);
        Add(forget);
        Notes = ["Everything the brokers hold is lost: queues, messages, users. Exit codes: 0 done or nothing was there, 1 failed, 5 locked by another run."];
    }

    public override async Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        DownOptions options = new()
        {
            PurgePackages = run.Value(purge),
            Forgotten = [.. run.Value(forget) ?? []],
            Reach = new HostReach { Parallel = run.Value(parallel) },
        };
        DownResult result;
        RunProgress progress = RunProgress.Telling(run);
        await using (progress.ConfigureAwait(false))
        {
            result = await new DownOperation(run.Context).RunAsync(options, progress, cancellationToken).ConfigureAwait(false);
        }

        Print(run, result);
        return result.Report.Succeeded ? ExitCode.Done : FailureText.WriteAll(result.Report.Failures.Select(FailureSentences.Explain), run.Terminal);
    }

    private static void Print(CommandRun run, DownResult result)
    {
        if (run.Format == OutputFormat.Json)
        {
            run.Terminal.Output.WriteLine(ReportDocument.Of(result.Report, verification: null, run.Environment.Clock.GetUtcNow()).ToJsonLine());
            return;
        }

        run.Terminal.Output.WriteLine(result.Deployment is { } deployment
            ? $"{deployment}: {result.Report.Changes.Length} removed"
            : $"nothing is deployed from {run.DeploymentDirectory}");
        foreach (string line in ChangeText.Lines(result.Report.Changes, pending: false, inFull: run.Verbose, run.Terminal.OutputStyle))
        {
            run.Terminal.Output.WriteLine($"  {line}");
        }
    }
}
