using System.CommandLine;
using Twinbus.Cli.Failures;
using Twinbus.Cli.Invocation;
using Twinbus.Deployment.Clients;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.State;
using Twinbus.Messaging;

namespace Twinbus.Cli.Buses;

/// <summary>Which bus a command talks on: a service of the deployment, or any bus by its URL.</summary>
internal sealed class BusOptions(MessagingKind kind)
{
    private readonly Option<string?> url = new("--url")
    {
        Description = "Transport URL of any oslo.messaging bus, instead of the deployment's. Other users of this machine can see a password in it while the command runs; see --url-file.",
        HelpName = "URL",
    };

    private readonly Option<string?> urlFile = new("--url-file")
    {
        Description = "File with the transport URL on its first line; - is standard input.",
        HelpName = "FILE",
    };

    private readonly Option<string?> exchange = new("--exchange")
    {
        Description = "Control exchange of the service to talk to, such as nova. Default: openstack.",
        HelpName = "NAME",
    };

    public void AddTo(Command command)
    {
        command.Add(url);
        command.Add(urlFile);
        command.Add(exchange);
    }

    /// <summary>The bus, not yet connected.</summary>
    /// <exception cref="UsageException">More than one bus is named, or the file holds no URL.</exception>
    public async Task<Transport> OpenAsync(CommandRun run, CancellationToken cancellationToken)
    {
        TransportOptions options = new()
        {
            Drivers = BusDrivers.All,
            TimeProvider = run.Environment.Clock,
            Blocked = blocked => run.Terminal.Error.WriteLine(blocked.Reason is { } why
                ? $"the broker at {blocked.Endpoint} blocks all publishers: {why}; waiting until that is over"
                : $"the broker at {blocked.Endpoint} takes messages again"),
        };
        if (run.Value(exchange) is { } name)
        {
            options = options with { ControlExchange = name };
        }

        TransportUrl bus = await UrlAsync(run, cancellationToken).ConfigureAwait(false);
        if (BusDrivers.All.Find(bus).IgnoredOptions(bus) is { IsEmpty: false } ignored)
        {
            run.Terminal.Error.WriteLine($"{Application.Name}: {run.Terminal.ErrorStyle.Notable("note:")} {string.Join(", ", ignored)} of the transport URL: known to oslo.messaging, and without effect here");
        }

        return Transport.Create(bus, options);
    }

    private async Task<TransportUrl> UrlAsync(CommandRun run, CancellationToken cancellationToken)
    {
        string? given = run.Value(url);
        string? file = run.Value(urlFile);
        string[] named = [.. new[] { given is null ? null : "--url", file is null ? null : "--url-file", run.DeploymentWasNamed ? "--deployment" : null }.OfType<string>()];
        if (named.Length > 1)
        {
            throw new UsageException($"{string.Join(" and ", named)} both name a bus.", "give one of them");
        }

        if (given is not null)
        {
            return TransportUrl.Parse(given);
        }

        return file is not null
            ? TransportUrl.Parse(await FirstLineAsync(run, file, cancellationToken).ConfigureAwait(false))
            : await OfDeploymentAsync(run, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<string> FirstLineAsync(CommandRun run, string file, CancellationToken cancellationToken)
    {
        string? line;
        try
        {
            using StreamReader? reader = file == "-" ? null : new StreamReader(run.Environment.Absolute(file));
            line = await (reader ?? run.Terminal.Input).ReadLineAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--url-file {file} cannot be read: {unreadable.Message}");
        }

        return line?.Trim() is { Length: > 0 } text
            ? text
            : throw new UsageException($"{(file == "-" ? "Standard input" : file)} holds no transport URL on its first line.");
    }

    private async Task<TransportUrl> OfDeploymentAsync(CommandRun run, CancellationToken cancellationToken)
    {
        DeploymentDirectory directory = new(run.DeploymentDirectory);
        MessagingDeployment tier = await directory.ReadDeploymentAsync(cancellationToken).ConfigureAwait(false);
        MessagingService service = tier.Services.FirstOrDefault(each => each.Kind == kind) ?? throw new UsageException(
            $"The deployment has no messaging service for {(kind == MessagingKind.Rpc ? "RPC" : "notifications")}.", "name a bus with --url or --url-file");
        return TransportUrlText.Here(tier, service, await directory.ReadSecretsAsync(cancellationToken).ConfigureAwait(false));
    }
}
