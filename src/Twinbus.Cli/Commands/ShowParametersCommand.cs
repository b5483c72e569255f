using System.CommandLine;
using Twinbus.Cli.Invocation;
using Twinbus.Cli.Output;
using Twinbus.Deployment.Model;
using Twinbus.Operations.Deploys;
using Twinbus.Operations.Documents;

namespace Twinbus.Cli.Commands;

/// <summary>Every parameter with its value, and on request where each value came from.</summary>
internal sealed class ShowParametersCommand : LeafCommand
{
    private readonly DeploymentOptions deployment = new("Default: those of the last deploy, else the default environment.");
    private readonly Option<bool> origin = new("--origin") { Description = "Also show the file and line that set each value." };
    private readonly Option<bool> ignored = new("--ignored") { Description = "Instead list what is ignored in the files because it is not about messaging." };

    public ShowParametersCommand()
        : base(
            "parameters",
            "Show every parameter of the messaging services and its value. Touches no host.",
            new Example("twinbus show parameters --origin", "which file sets what"),
            new Example("twinbus show parameters -e site.yaml --ignored", "what is ignored in the environment of a whole cloud"))
    {
        deployment.AddTo(this, reachesHosts: false);
        Add(origin);
        Add(ignored);
    }

    public override async Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        ParametersResult result = await new ParametersOperation(run.Context).RunAsync(deployment.Files(run), cancellationToken).ConfigureAwait(false);
        if (run.Format == OutputFormat.Json)
        {
            run.Write(run.Value(ignored) ? IgnoredDocument.Of(result.Ignored) : new ParametersDocument { Parameters = result.Parameters });
            return ExitCode.Done;
        }

        IEnumerable<string> lines = run.Value(ignored)
            ? result.Ignored.Select(entry => $"{entry.Place}: {entry.Name}")
            : TextLines.Columns([.. result.Parameters.Select(parameter => Row(parameter, run.Value(origin)))]);
        foreach (string line in lines)
        {
            run.Terminal.Output.WriteLine(line);
        }

        return ExitCode.Done;
    }

    private static string[] Row(ResolvedParameter parameter, bool withOrigin) =>
        withOrigin ? [parameter.Name, parameter.Value ?? "", parameter.Origin] : [parameter.Name, parameter.Value ?? ""];
}
