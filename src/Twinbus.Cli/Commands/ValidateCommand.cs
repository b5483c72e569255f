using System.Collections.Immutable;
using Twinbus.Cli.Deploying;
using Twinbus.Cli.Invocation;
using Twinbus.Cli.Rendering;
using Twinbus.Deployment;
using Twinbus.Deployment.Planning;

namespace Twinbus.Cli.Commands;

/// <summary>Checks what was given, and touches no host.</summary>
internal sealed class ValidateCommand : Verb
{
    private readonly TierOptions tier = new("None: those of the last deploy, else the default.");

    public ValidateCommand()
        : base(
            "validate",
            "Check environment files: every mistake in them at once, with file, line and column. Touches no host.",
            new Example("twinbus validate -e site.yaml", "is this file right?"),
            new Example("twinbus validate -e site.yaml --format json", "the same for an editor or a pipeline"))
    {
        tier.AddTo(this, reachesHosts: false);
        Notes = ["Exit codes: 0 right, 2 mistakes."];
    }

    public override async Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        DeploymentSource source;
        try
        {
            source = await new TierPreparation(run).ReadSourceAsync(tier.Of(run), cancellationToken).ConfigureAwait(false);
        }
        catch (DeploymentException mistakes) when (mistakes.Reason == DeploymentFailureReason.InvalidInput && run.Format == OutputFormat.Json)
        {
            ReportJson.Write(run.Terminal, ValidationDocument.Of(mistakes.Problems, []), ReportJson.Default.ValidationDocument);
            return ExitCode.BadInput;
        }

        ImmutableArray<Problem> notices = [.. source.Notices, .. source.NotDeployed];
        NoticeText.Write(notices, run.Terminal);
        if (run.Format == OutputFormat.Json)
        {
            ReportJson.Write(run.Terminal, ValidationDocument.Of([], notices), ReportJson.Default.ValidationDocument);
        }
        else
        {
            run.Terminal.Output.WriteLine("valid");
        }

        return ExitCode.Done;
    }
}
