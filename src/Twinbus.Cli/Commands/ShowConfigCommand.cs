using System.CommandLine;
using Twinbus.Cli.Invocation;
using Twinbus.Deployment;
using Twinbus.Deployment.Clients;
using Twinbus.Deployment.Clients.Formats;
using Twinbus.Deployment.Clients.Releases;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Secrets;

namespace Twinbus.Cli.Commands;

/// <summary>The configuration of a client that agrees with what was deployed.</summary>
internal sealed class ShowConfigCommand : Verb
{
    private static readonly Dictionary<string, ClientFormat> Formats = Enum.GetValues<ClientFormat>().ToDictionary(format => format.ToString().ToLowerInvariant());

    private readonly Option<string?> service = new("--service")
    {
        Description = "The client, such as nova. None: what any client needs.",
        HelpName = "NAME",
    };

    private readonly Option<string?> release = new("--release")
    {
        Description = "The release of oslo.messaging that it runs: a series (zed, 2024.1), a version (14.0.3) or a distribution (debian-12). None: OsloMessagingRelease, else the newest with the drivers.",
        HelpName = "RELEASE",
    };

    private readonly Option<bool> reveal = new("--reveal") { Description = "Show the passwords too." };

    private readonly Option<string> format = new("--format")
    {
        Description = "text for oslo.config, json for programs, hiera for TripleO, osa for OpenStack-Ansible, kolla for Kolla-Ansible.",
        HelpName = string.Join('|', Formats.Keys),
        DefaultValueFactory = _ => "text",
    };

    public ShowConfigCommand()
        : base(
            "config",
            "What a client of the messaging services is configured with: URLs and the options that agree with what was deployed, as its release of oslo.messaging knows them.",
            new Example("twinbus show config --service nova --release zed", "the lines for nova.conf"),
            new Example("twinbus show config --format hiera --reveal", "for TripleO's hieradata, with passwords"))
    {
        format.AcceptOnlyFromAmong([.. Formats.Keys]);
        Add(service);
        Add(release);
        Add(reveal);
        Add(format);
    }

    public override async Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        DeploymentDirectory directory = new(run.DeploymentDirectory);
        MessagingTier tier = await directory.ReadTierAsync(cancellationToken).ConfigureAwait(false);
        DeploymentSecrets secrets = await directory.ReadSecretsAsync(cancellationToken).ConfigureAwait(false);
        ClientService? client = run.Value(service) is { } name ? ClientService.Named(name) : null;
        ClientConfiguration configuration = ClientConfiguration.Of(tier, secrets, client, run.Value(release) is { } named ? OsloReleases.Find(named) : null);
        ClientText text = ClientText.Render(configuration, Formats[run.Value(format)!], run.Value(reveal) ? Passwords.Revealed : Passwords.Hidden, client);
        foreach (string warning in text.Warnings)
        {
            run.Terminal.Error.WriteLine($"twinbus: note: {warning}");
        }

        run.Terminal.Output.WriteLine(text.Text.TrimEnd('\n'));
        return ExitCode.Done;
    }
}
