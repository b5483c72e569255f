using Twinbus.Cli.Failures;
using Twinbus.Cli.Invocation;
using Twinbus.Cli.Output;
using Twinbus.Cli.Rendering;
using Twinbus.Deployment;
using Twinbus.Operations.Deploys;
using Twinbus.Operations.Documents;

namespace Twinbus.Cli.Commands;

/// <summary>Checks what was given, and touches no host.</summary>
internal sealed class ValidateCommand : LeafCommand
{
    private readonly DeploymentOptions deployment = new("Default: those of the last deploy, else the default environment.");

    public ValidateCommand()
        : base(
            "validate",
            "Check environment files and report every mistake at once, with file, line and column. Touches no host.",
            new Example("twinbus validate -e site.yaml", "is this file valid?"),
            new Example("twinbus validate -e site.yaml --format json", "the same for an editor or a pipeline"))
    {
        deployment.AddTo(this, reachesHosts: false);
        Notes = ["Exit codes: 0 valid, 2 mistakes found."];
    }

    public override async Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        ValidationResult result = await new ValidateOperation(run.Context).RunAsync(deployment.Files(run), cancellationToken).ConfigureAwait(false);
        foreach (Problem notice in result.Notices)
        {
            NoticeText.Write(notice, run.Terminal);
        }

        if (run.Format == OutputFormat.Json)
        {
            run.Write(ValidationDocument.Of(result));
            return result.IsValid ? ExitCode.Done : ExitCode.BadInput;
        }

        if (!result.IsValid)
        {
            return FailureText.Write(FailureSentences.Explain(new DeploymentException(DeploymentFailureReason.InvalidInput, result.Mistakes)), run.Terminal);
        }

        run.Terminal.Output.WriteLine("valid");
        return ExitCode.Done;
    }
}
