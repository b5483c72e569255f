using System.CommandLine;
using Twinbus.Cli.Invocation;
using Twinbus.Cli.Output;
using Twinbus.Deployment;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Secrets;
using Twinbus.Deployment.State;
using Twinbus.Operations.Deploys;
using Twinbus.Operations.Documents;

namespace Twinbus.Cli.Commands;

/// <summary>The transport URL of each messaging service, for its clients.</summary>
internal sealed class ShowUrlsCommand : LeafCommand
{
    private readonly Option<bool> reveal = new("--reveal") { Description = "Show the passwords." };

    public ShowUrlsCommand()
        : base(
            "urls",
            "Show the transport URL of each messaging service, as oslo.messaging takes it. Passwords are hidden unless you ask for them.",
            new Example("twinbus show urls", "where the services are"),
            new Example("twinbus show urls --reveal --format json", "for a program that writes the configuration of clients"))
        => Add(reveal);

    public override async Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        DeploymentDirectory directory = new(run.DeploymentDirectory);
        MessagingDeployment tier = await directory.ReadDeploymentAsync(cancellationToken).ConfigureAwait(false);
        DeploymentSecrets? secrets = run.Value(reveal) ? await directory.ReadSecretsAsync(cancellationToken).ConfigureAwait(false) : null;
        ServiceUrls services = ServiceUrls.Of(tier, secrets);
        Write(services, run);
        return services.Faults.IsEmpty ? ExitCode.Done : throw new DeploymentException(DeploymentFailureReason.Directory, services.Faults);
    }

    private static void Write(ServiceUrls services, CommandRun run)
    {
        if (run.Format == OutputFormat.Json)
        {
            run.Write(UrlsDocument.Of(services));
            return;
        }

        string[][] rows = [.. services.Urls.Select(each => new[] { each.Key, each.Value })];
        foreach (string line in rows.Length == 0 ? [] : TextLines.Columns(rows))
        {
            run.Terminal.Output.WriteLine(line);
        }
    }
}
