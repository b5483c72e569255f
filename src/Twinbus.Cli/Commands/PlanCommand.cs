using System.CommandLine;
using Twinbus.Cli.Failures;
using Twinbus.Cli.Invocation;
using Twinbus.Cli.Output;
using Twinbus.Cli.Rendering;
using Twinbus.Cli.Rendering.Progress;
using Twinbus.Operations.Deploys;
using Twinbus.Operations.Documents;

namespace Twinbus.Cli.Commands;

/// <summary>What <c>up</c> or <c>deploy</c> would change. Reads; writes nothing but what <c>--out</c> names, not even in the deployment directory.</summary>
internal sealed class PlanCommand : LeafCommand
{
    private readonly Option<string?> output = new("--out")
    {
        Description = "Also write the plan to this file, without secrets. twinbus deploy FILE then does exactly that, or refuses.",
        HelpName = "FILE",
    };

    private readonly DeploymentOptions deployment = new("Default: those of the last deploy, else the default environment.");

    public PlanCommand()
        : base(
            "plan",
            "Show what up or deploy would change, without changing anything.",
            new Example("twinbus plan", "is everything up to date?"),
            new Example("twinbus plan -e site.yaml --format json", "what this file would change, as JSON"),
            new Example("twinbus plan -e site.yaml --out site.plan", "review now, deploy exactly that later: twinbus deploy site.plan"))
    {
        Add(output);
        deployment.AddTo(this, reachesHosts: true);
        Notes = ["Exit codes: 0 nothing to change, 3 changes pending, 1 failed, 2 bad input."];
    }

    public override async Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        PlanOptions options = new() { Files = deployment.Files(run), Leaving = deployment.Leaving(run), Reach = deployment.Reach(run) };
        PlanResult result;
        RunProgress progress = RunProgress.Talking(run);
        await using (progress.ConfigureAwait(false))
        {
            result = await new PlanOperation(run.Context).RunAsync(options, progress, cancellationToken).ConfigureAwait(false);
        }

        if (run.Format == OutputFormat.Json)
        {
            run.Write(PlanDocument.Of(result));
        }
        else
        {
            PlanText.Write(result, run.Terminal);
        }

        if (run.Value(output) is { } file && result.File is { } plan)
        {
            await plan.WriteAsync(run.Environment.Absolute(file), cancellationToken).ConfigureAwait(false);
        }

        return result switch
        {
            { Report.Succeeded: false } => FailureText.WriteAll(result.Report.Failures.Select(FailureSentences.Explain), run.Terminal),
            { HasChanges: false } => ExitCode.Done,
            _ => ExitCode.ChangesPending,
        };
    }
}
