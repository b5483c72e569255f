using System.CommandLine;
using Twinbus.Cli.Invocation;
using Twinbus.Cli.Output;
using Twinbus.Deployment.Secrets;
using Twinbus.Deployment.State;
using Twinbus.Operations.Documents;

namespace Twinbus.Cli.Commands;

/// <summary>The names of the deployment's secrets, and on request the secrets.</summary>
internal sealed class PasswordsListCommand : LeafCommand
{
    private readonly Option<bool> reveal = new("--reveal") { Description = "Show the passwords." };

    public PasswordsListCommand()
        : base(
            "list",
            "List the passwords and cookies that the deployment keeps. They are hidden unless you ask for them.",
            new Example("twinbus passwords list", "their names"),
            new Example("twinbus passwords list --reveal --format json", "for a password store"))
        => Add(reveal);

    public override async Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        DeploymentDirectory directory = new(run.DeploymentDirectory);
        _ = await directory.ReadDeploymentAsync(cancellationToken).ConfigureAwait(false);
        DeploymentSecrets secrets = await directory.ReadSecretsAsync(cancellationToken).ConfigureAwait(false);
        PasswordsDocument document = PasswordsDocument.Of(secrets, run.Value(reveal));
        if (run.Format == OutputFormat.Json)
        {
            run.Write(document);
            return ExitCode.Done;
        }

        string[][] rows = [.. document.Passwords.Select(secret => new[] { secret.Key, secret.Value })];
        foreach (string line in rows.Length == 0 ? [] : TextLines.Columns(rows))
        {
            run.Terminal.Output.WriteLine(line);
        }

        return ExitCode.Done;
    }
}
