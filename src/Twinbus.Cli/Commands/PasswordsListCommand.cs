using System.CommandLine;
using Twinbus.Cli.Invocation;
using Twinbus.Cli.Rendering;
using Twinbus.Deployment.Secrets;
using Twinbus.Deployment.State;
using Twinbus.Hosts;

namespace Twinbus.Cli.Commands;

/// <summary>The names of the deployment's secrets, and on request the secrets.</summary>
internal sealed class PasswordsListCommand : Verb
{
    private readonly Option<bool> reveal = new("--reveal") { Description = "Show the passwords too." };

    public PasswordsListCommand()
        : base(
            "list",
            "Name the passwords and cookies that the deployment keeps. They are hidden unless you ask.",
            new Example("twinbus passwords list", "which there are"),
            new Example("twinbus passwords list --reveal --format json", "for a password store"))
        => Add(reveal);

    public override async Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        DeploymentDirectory directory = new(run.DeploymentDirectory);
        _ = await directory.ReadDeploymentAsync(cancellationToken).ConfigureAwait(false);
        DeploymentSecrets secrets = await directory.ReadSecretsAsync(cancellationToken).ConfigureAwait(false);
        Dictionary<string, string> shown = secrets.Values.ToDictionary(
            secret => secret.Key, secret => run.Value(reveal) ? secret.Value.Reveal() : Secret.Redacted);
        if (run.Format == OutputFormat.Json)
        {
            ReportJson.Write(run.Terminal, shown, ReportJson.Default.DictionaryStringString);
            return ExitCode.Done;
        }

        string[][] rows = [.. shown.Select(secret => new[] { secret.Key, secret.Value })];
        foreach (string line in rows.Length == 0 ? [] : TextLines.Columns(rows))
        {
            run.Terminal.Output.WriteLine(line);
        }

        return ExitCode.Done;
    }
}
