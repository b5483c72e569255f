using System.CommandLine;
using Twinbus.Cli.Deploying;
using Twinbus.Cli.Failures;
using Twinbus.Cli.Invocation;
using Twinbus.Deployment.Clients;
using Twinbus.Deployment.Clients.Formats;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Oslo;
using Twinbus.Deployment.Secrets;
using Twinbus.Deployment.State;

namespace Twinbus.Cli.Commands;

/// <summary>What the clients of the messaging services are to be configured with.</summary>
internal sealed class ShowConfigCommand : Verb
{
    private readonly TierOptions foreseen = new("What is deployed when none is given; else what these files would come to, deployed or not.");

    private readonly Option<string?> service = new("--service")
    {
        Description = "The service that is configured, such as nova: its file is named, and a messaging service made for it (rpc-nova) is its own. Default: any service.",
        HelpName = "NAME",
    };

    private readonly Option<string?> release = new("--release")
    {
        Description = "Its oslo.messaging: a series (zed, 2024.1), a version (14.0.3) or a distribution (debian-12). Default: OsloMessagingRelease of the deployment, else the newest.",
        HelpName = "RELEASE",
    };

    // Takes the place of the option that every command has.
    private readonly Option<string> format = new("--format")
    {
        Description = "text: a file for the service itself. json: the same for programs. hiera: TripleO. osa: OpenStack-Ansible. kolla: Kolla-Ansible.",
        HelpName = "text|json|hiera|osa|kolla",
        DefaultValueFactory = _ => "text",
    };

    private readonly Option<bool> reveal = new("--reveal") { Description = "Write the passwords too." };

    public ShowConfigCommand()
        : base(
            "config",
            "The oslo.messaging configuration of a client: transport URLs, and the options that agree with what was deployed. Passwords are hidden unless you ask.",
            new Example("twinbus show config --service nova --release zed", "the messaging options of /etc/nova/nova.conf"),
            new Example("twinbus show config --service nova --reveal > messaging.conf", "with the passwords, for --config-file"),
            new Example("twinbus show config --format kolla --reveal", "variables for globals.yml"),
            new Example("twinbus show config -e site.yaml", "what this file would come to, before it is deployed"))
    {
        Notes =
        [
            "With -e, -r or -i no host is asked: a port that is a default can turn out to be taken when it is deployed.",
            "An option that the release does not know is never written: what was deployed and needs it is refused for that release, with the first release that has it.",
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
        GivenTier given = foreseen.Of(run);
        if (given.IsSomething && run.Value(reveal))
        {
            throw new UsageException("--reveal goes with what is deployed: before that there are no passwords to show.", "leave out --reveal, or deploy first and leave out -e, -r and -i");
        }

        MessagingDeployment tier = given.IsSomething
            ? await ForeseenTier.ReadAsync(run, given, cancellationToken).ConfigureAwait(false)
            : await directory.ReadDeploymentAsync(cancellationToken).ConfigureAwait(false);
        DeploymentSecrets? secrets = run.Value(reveal) ? await directory.ReadSecretsAsync(cancellationToken).ConfigureAwait(false) : null;

        ClientFormat form = Enum.Parse<ClientFormat>(run.Value(format)!, ignoreCase: true);
        ClientText written = ClientText.Render(
            ClientConfiguration.Of(tier, secrets, client, known),
            form,
            secrets is null ? Passwords.Hidden : Passwords.Revealed,
            client);
        foreach (string note in written.Warnings.Concat(OwnServicesOf(tier, client, form)).Concat(AuthoritiesOf(tier, directory, given)))
        {
            run.Terminal.Error.WriteLine($"{Application.Name}: {run.Terminal.ErrorStyle.Notable("note:")} {note}");
        }

        run.Terminal.Output.Write(written.Text);
        return ExitCode.Done;
    }

    // A client with a messaging service of its own must not be configured for another one in silence.
    private static IEnumerable<string> OwnServicesOf(MessagingDeployment tier, ClientService? client, ClientFormat format)
    {
        var own = tier.Services
            .Select(service => (service.Name, Client: service.Name.Split('-', 2) is [_, var word] ? word : null))
            .Where(service => service.Client is not null && (client is null || service.Client == client.Name))
            .GroupBy(service => service.Client, service => service.Name);
        bool isForAll = format is ClientFormat.Hiera or ClientFormat.Osa or ClientFormat.Kolla;
        return client is null
            ? own.Select(each => $"{each.Key} is not meant: it has {string.Join(" and ", each)} for itself; twinbus show config --service {each.Key} says what it is given")
            : own.Where(_ => isForAll).Select(each => $"variables of this form hold for all services, and {string.Join(" and ", each)} is for {each.Key} alone: give it what --format text writes, as an override of its file");
    }

    // Only this machine has the deployment's directory, and only its owner may look into it.
    private static IEnumerable<string> AuthoritiesOf(MessagingDeployment tier, DeploymentDirectory directory, GivenTier given) => tier.Services
        .Select(service => service.Tls?.CaFile)
        .OfType<string>()
        .Where(file => file.StartsWith($"{directory.Path}/", StringComparison.Ordinal))
        .Distinct()
        .Select(file => $"{file} {(given.IsSomething ? "will be" : "is")} on this machine alone: copy it to where each client's service can read it, and name that place");
}
