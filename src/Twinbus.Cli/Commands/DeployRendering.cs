using Twinbus.Cli.Failures;
using Twinbus.Cli.Invocation;
using Twinbus.Cli.Output;
using Twinbus.Cli.Rendering;
using Twinbus.Cli.Rendering.Progress;
using Twinbus.Operations.Deploys;
using Twinbus.Operations.Documents;
using Twinbus.Operations.Health;

namespace Twinbus.Cli.Commands;

/// <summary>Runs a deploy for <c>up</c> and <c>deploy</c>, and shows what happens and what it came to.</summary>
internal static class DeployRendering
{
    public static async Task<ExitCode> RunAsync(CommandRun run, DeployOptions options, CancellationToken cancellationToken)
    {
        DeployResult result;
        RunProgress progress = RunProgress.Telling(run);
        await using (progress.ConfigureAwait(false))
        {
            result = await new DeployOperation(run.Context).RunAsync(options, progress, cancellationToken).ConfigureAwait(false);
        }

        if (run.Format == OutputFormat.Json)
        {
            run.Terminal.Output.WriteLine(ReportDocument.Of(result.Report, result.Verification, run.Environment.Clock.GetUtcNow()).ToJsonLine());
        }
        else
        {
            DeploymentText.Write(result, run.Verbose, run.Terminal);
        }

        return Conclude(result, run.Terminal);
    }

    private static ExitCode Conclude(DeployResult result, Terminal terminal)
    {
        ExitCode changed = result.Report.Succeeded ? ExitCode.Done : FailureText.WriteAll(result.Report.Failures.Select(FailureSentences.Explain), terminal);
        ServiceHealth[] broken = [.. result.Verification?.Services.Where(service => !service.Healthy) ?? []];
        foreach (ServiceHealth service in broken)
        {
            HealthCheck? check = service.Checks.FirstOrDefault(check => check.Status == CheckStatus.Failed);
            FailureText.Write(
                new Failure(ExitCode.Failed, $"{service.Service} does not work: {check?.Name} at {check?.Host}: "
                    + $"{check?.Detail}", "twinbus health shows every check"),
                terminal);
        }

        return broken.Length == 0 ? changed : ExitCode.Failed;
    }
}
