using Twinbus.Cli.Invocation;
using Twinbus.Cli.Output;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.State;
using Twinbus.Operations.Documents;

namespace Twinbus.Cli.Commands;

/// <summary>Where the broker instance of each messaging service has its things.</summary>
internal sealed class ShowPathsCommand : LeafCommand
{
    public ShowPathsCommand()
        : base(
            "paths",
            "Show where the broker of each messaging service keeps its configuration, data, logs and pid file, on each of its hosts.",
            new Example("twinbus show paths", "where to look"),
            new Example("twinbus show paths --format json", "the same, as JSON"))
    {
    }

    public override async Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        MessagingDeployment tier = await new DeploymentDirectory(run.DeploymentDirectory).ReadDeploymentAsync(cancellationToken).ConfigureAwait(false);
        PathsDocument document = PathsDocument.Of(tier);
        if (run.Format == OutputFormat.Json)
        {
            run.Write(document);
            return ExitCode.Done;
        }

        foreach ((string service, ServicePaths where) in document.Paths)
        {
            run.Terminal.Output.WriteLine(run.Terminal.OutputStyle.Strong(service));
            string[][] rows = where.Instance is null
                ? [["instance", "none: it is external"]]
                :
                [
                    ["instance", where.Instance], ["config", where.Config!], ["data", where.Data!],
                    ["log", where.Log!], ["pid", where.Pid!], ["unit", where.Unit!],
                ];
            foreach (string line in TextLines.Columns(rows))
            {
                run.Terminal.Output.WriteLine($"  {line}");
            }
        }

        return ExitCode.Done;
    }
}
