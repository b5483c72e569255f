using Twinbus.Cli.Invocation;
using Twinbus.Cli.Rendering;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.State;

namespace Twinbus.Cli.Commands;

/// <summary>Where the broker instance of each messaging service has its things.</summary>
internal sealed class ShowPathsCommand : Verb
{
    public ShowPathsCommand()
        : base(
            "paths",
            "Where the broker of each messaging service has its configuration, data, logs and pid, on each of its hosts.",
            new Example("twinbus show paths", "for a person"),
            new Example("twinbus show paths --format json", "for a program"))
    {
    }

    public override async Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        MessagingDeployment tier = await new DeploymentDirectory(run.DeploymentDirectory).ReadDeploymentAsync(cancellationToken).ConfigureAwait(false);
        Dictionary<string, PathsDocument> paths = tier.Services.ToDictionary(service => service.Name, service => PathsDocument.Of(tier.InstanceOf(service)));
        if (run.Format == OutputFormat.Json)
        {
            ReportJson.Write(run.Terminal, paths, ReportJson.Default.DictionaryStringPathsDocument);
            return ExitCode.Done;
        }

        foreach ((string service, PathsDocument where) in paths)
        {
            run.Terminal.Output.WriteLine(run.Terminal.OutputStyle.Strong(service));
            string[][] rows = where.Instance is null
                ? [["instance", "none: it is external"]]
                : [["instance", where.Instance], ["config", where.Config!], ["data", where.Data!], ["log", where.Log!], ["pid", where.Pid!], ["unit", where.Unit!]];
            foreach (string line in TextLines.Columns(rows))
            {
                run.Terminal.Output.WriteLine($"  {line}");
            }
        }

        return ExitCode.Done;
    }
}
