using System.CommandLine;
using Twinbus.Cli.Failures;
using Twinbus.Cli.Invocation;
using Twinbus.Deployment.Clients;
using Twinbus.Deployment.Clients.Formats;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Oslo;
using Twinbus.Deployment.Secrets;
using Twinbus.Deployment.State;
using Twinbus.Operations.Deploys;

namespace Twinbus.Cli.Commands;

/// <summary>What the clients of the messaging services are to be configured with.</summary>
internal sealed class ShowConfigCommand : LeafCommand
{
    private readonly DeploymentOptions foreseen = new("With any of -e, -r and -i: show what these files would come to, deployed or not. Default: "
        + "what is deployed.");

    private readonly Option<string?> service = new("--service")
    {
        Description = "The service to configure, such as nova: its configuration file is named, and a messaging service of its own (rpc-nova) is "
            + "used. Default: any service.",
        HelpName = "NAME",
    };

    private readonly Option<string?> release = new("--release")
    {
        Description = "The release of oslo.messaging that it runs: a series (zed, 2024.1), a version (14.0.3) or a distribution (debian-12). "
            + "Default: OsloMessagingRelease of the deployment, else the newest.",
        HelpName = "RELEASE",
    };

    // Takes the place of the option that every command has.
    private readonly Option<string> format = new("--format")
    {
        Description = "text: a file for the service itself. json: the same, for programs. hiera: TripleO. osa: OpenStack-Ansible. kolla: Kolla-Ansible.",
        HelpName = "text|json|hiera|osa|kolla",
        DefaultValueFactory = _ => "text",
    };

    private readonly Option<bool> reveal = new("--reveal") { Description = "Include the passwords." };

    public ShowConfigCommand()
        : base(
            "config",
            "Show the oslo.messaging configuration for a client: transport URLs, and the options that match the deployment. Passwords are hidden "
                + "unless you ask for them.",
            new Example("twinbus show config --service nova --release zed", "the messaging options of /etc/nova/nova.conf"),
            new Example("twinbus show config --service nova --reveal > messaging.conf", "with the passwords, for --config-file"),
            new Example("twinbus show config --format kolla --reveal", "variables for globals.yml"),
            new Example("twinbus show config -e site.yaml", "what this file would come to, before it is deployed"))
    {
        Notes =
        [
            "With -e, -r or -i no host is asked: a default port may turn out to be taken when it is deployed.",
            "An option that the release does not know is never written. If the deployment needs it, the release is refused, and the first one that "
                + "has the option is named.",
        ];
        format.AcceptOnlyFromAmong("text", "json", "hiera", "osa", "kolla");
        Add(service);
        Add(release);
        Add(format);
        Add(reveal);
        foreseen.AddTo(this, reachesHosts: false);
    }

    public override async Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        ClientService? client = run.Value(service) is { } name ? ClientService.Named(name) : null;
        OsloRelease? known = run.Value(release) is { } text ? OsloReleases.Find(text) : null;
        DeploymentDirectory directory = new(run.DeploymentDirectory);
        DeploymentFiles files = foreseen.Files(run);
        if (files.AreGiven && run.Value(reveal))
        {
            throw new UsageException(
                "--reveal works on a deployment only: before a deploy there are no passwords to show.",
                "leave out --reveal, or deploy first and leave out -e, -r and -i");
        }

        MessagingDeployment tier = files.AreGiven
            ? await new PreviewOperation(run.Context).RunAsync(files, cancellationToken).ConfigureAwait(false)
            : await directory.ReadDeploymentAsync(cancellationToken).ConfigureAwait(false);
        DeploymentSecrets? secrets = run.Value(reveal) ? await directory.ReadSecretsAsync(cancellationToken).ConfigureAwait(false) : null;

        ClientFormat form = Enum.Parse<ClientFormat>(run.Value(format)!, ignoreCase: true);
        ClientText written = ClientText.Render(
            ClientConfiguration.Of(tier, secrets, client, known),
            form,
            secrets is null ? Passwords.Hidden : Passwords.Revealed,
            client);
        foreach (string note in written.Warnings.Concat(OwnServicesOf(tier, client, form)).Concat(AuthoritiesOf(tier, directory, files)))
        {
            run.Terminal.Error.WriteLine($"{Application.Name}: {run.Terminal.ErrorStyle.Notable("note:")} {note}");
        }

        run.Terminal.Output.Write(written.Text);
        return ExitCode.Done;
    }

    // A client with a messaging service of its own must not be configured for another one in silence.
    private static IEnumerable<string> OwnServicesOf(MessagingDeployment tier, ClientService? client, ClientFormat format)
    {
        IEnumerable<IGrouping<string?, string>> own = tier.Services
            .Select(service => (service.Name, Client: service.Name.Split('-', 2) is [_, var word] ? word : null))
            .Where(service => service.Client is not null && (client is null || service.Client == client.Name))
            .GroupBy(service => service.Client, service => service.Name);
        bool isForAll = format is ClientFormat.Hiera or ClientFormat.Osa or ClientFormat.Kolla;
        return client is null
            ? own.Select(each => $"{each.Key} is not covered: it has {string.Join(" and ", each)} of its own; twinbus show config --service "
                + $"{each.Key} shows its configuration")
            : own.Where(_ => isForAll).Select(each => $"variables in this format apply to all services, and {string.Join(" and ", each)} is for "
                + $"{each.Key} alone: override its configuration file with what --format text writes");
    }

    // Only this machine has the deployment's directory, and only its owner may look into it.
    private static IEnumerable<string> AuthoritiesOf(MessagingDeployment tier, DeploymentDirectory directory, DeploymentFiles files) => tier.Services
        .Select(service => service.Tls?.CaFile)
        .OfType<string>()
        .Where(file => file.StartsWith($"{directory.Path}/", StringComparison.Ordinal))
        .Distinct()
        .Select(file => $"{file} {(files.AreGiven ? "will be" : "is")} on this machine only: copy it to where each client can read it, and use that path");
}
