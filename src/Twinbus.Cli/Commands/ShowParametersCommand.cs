using System.Collections.Immutable;
using System.CommandLine;
using Twinbus.Cli.Deploying;
using Twinbus.Cli.Invocation;
using Twinbus.Cli.Rendering;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Planning;
using Twinbus.Deployment.Reading;

namespace Twinbus.Cli.Commands;

/// <summary>Every parameter with its value, and on request where each value came from.</summary>
internal sealed class ShowParametersCommand : Verb
{
    private readonly TierOptions tier = new("None: those of the last deploy, else the default.");
    private readonly Option<bool> origin = new("--origin") { Description = "Say which file and line gave each value." };
    private readonly Option<bool> ignored = new("--ignored") { Description = "List instead what the files say about other things than messaging." };

    public ShowParametersCommand()
        : base(
            "parameters",
            "Every parameter of the messaging services and its value. Touches no host.",
            new Example("twinbus show parameters --origin", "which file says what"),
            new Example("twinbus show parameters -e site.yaml --ignored", "what of a whole cloud's environment is not about messaging"))
    {
        tier.AddTo(this, reachesHosts: false);
        Add(origin);
        Add(ignored);
    }

    public override async Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        GivenTier given = tier.Of(run);
        TierPreparation preparation = new(run);
        DeploymentSource source = await preparation.ReadSourceAsync(given, cancellationToken).ConfigureAwait(false);
        if (run.Value(ignored))
        {
            WriteIgnored(source, run);
            return ExitCode.Done;
        }

        // What was deployed knows its allocated ports; what is only given does not.
        MessagingDeployment? deployed = given.Environments.Count == 0 ? await preparation.Directory.FindDeploymentAsync(cancellationToken).ConfigureAwait(false) : null;
        ImmutableArray<ResolvedParameter> parameters = deployed?.Parameters ?? source.Parameters;
        if (run.Format == OutputFormat.Json)
        {
            ReportJson.Write(run.Terminal, parameters, ReportJson.Default.ImmutableArrayResolvedParameter);
            return ExitCode.Done;
        }

        foreach (string line in TextLines.Columns([.. parameters.Select(parameter => Row(parameter, run.Value(origin)))]))
        {
            run.Terminal.Output.WriteLine(line);
        }

        return ExitCode.Done;
    }

    private static string[] Row(ResolvedParameter parameter, bool withOrigin) =>
        withOrigin ? [parameter.Name, parameter.Value ?? "", parameter.Origin] : [parameter.Name, parameter.Value ?? ""];

    private static void WriteIgnored(DeploymentSource source, CommandRun run)
    {
        if (run.Format == OutputFormat.Json)
        {
            ReportJson.Write(run.Terminal, source.Ignored.ToDictionary(entry => entry.Name, entry => entry.Place.ToString()), ReportJson.Default.DictionaryStringString);
            return;
        }

        foreach (IgnoredEntry entry in source.Ignored)
        {
            run.Terminal.Output.WriteLine($"{entry.Place}: {entry.Name}");
        }
    }
}
