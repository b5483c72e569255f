using System.CommandLine;
using Twinbus.Cli.Invocation;
using Twinbus.Cli.Rendering;
using Twinbus.Deployment;
using Twinbus.Deployment.Clients;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Secrets;
using Twinbus.Deployment.State;

namespace Twinbus.Cli.Commands;

/// <summary>The transport URL of each messaging service, for its clients.</summary>
internal sealed class ShowUrlsCommand : Verb
{
    private readonly Option<bool> reveal = new("--reveal") { Description = "Show the passwords too." };

    public ShowUrlsCommand()
        : base(
            "urls",
            "The transport URL of each messaging service, as oslo.messaging takes it. Passwords are hidden unless you ask.",
            new Example("twinbus show urls", "where the services are"),
            new Example("twinbus show urls --reveal --format json", "for a program that writes clients' configuration"))
        => Add(reveal);

    public override async Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        DeploymentDirectory directory = new(run.DeploymentDirectory);
        MessagingDeployment tier = await directory.ReadDeploymentAsync(cancellationToken).ConfigureAwait(false);
        Func<MessagingService, string> url = TransportUrlText.Redacted;
        if (run.Value(reveal))
        {
            DeploymentSecrets secrets = await directory.ReadSecretsAsync(cancellationToken).ConfigureAwait(false);
            url = service => TransportUrlText.Full(service, secrets).Reveal();
        }

        // One service's fault never hides the other's address.
        Dictionary<string, string> urls = [];
        List<Problem> faults = [];
        foreach (MessagingService service in tier.Services)
        {
            try
            {
                urls.Add(service.Name, url(service));
            }
            catch (DeploymentException fault)
            {
                faults.AddRange(fault.Problems);
            }
        }

        Write(urls, run);
        return faults.Count == 0 ? ExitCode.Done : throw new DeploymentException(DeploymentFailureReason.Directory, [.. faults]);
    }

    private static void Write(Dictionary<string, string> urls, CommandRun run)
    {
        if (run.Format == OutputFormat.Json)
        {
            ReportJson.Write(run.Terminal, urls, ReportJson.Default.DictionaryStringString);
            return;
        }

        string[][] rows = [.. urls.Select(each => new[] { each.Key, each.Value })];
        foreach (string line in rows.Length == 0 ? [] : TextLines.Columns(rows))
        {
            run.Terminal.Output.WriteLine(line);
        }
    }
}
