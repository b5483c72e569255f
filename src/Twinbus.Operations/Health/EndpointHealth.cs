using System.Collections.Immutable;
using Twinbus.Deployment;
using Twinbus.Deployment.Clients;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Secrets;
using Twinbus.Messaging;

namespace Twinbus.Operations.Health;

/// <summary>The stages of one service at one of its addresses. After a stage that failed the later ones are skipped.</summary>
internal sealed class EndpointHealth(MessagingDeployment tier, MessagingService service, MessagingEndpoint endpoint, DeploymentSecrets secrets, HealthOptions options)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly string host = new TransportHost { Host = endpoint.Host, Port = endpoint.Port }.Endpoint;

    private string TrafficName => service.Kind == MessagingKind.Rpc ? HealthCheckNames.Call : HealthCheckNames.Notification;

    public async Task<ImmutableArray<HealthCheck>> CheckAsync(CancellationToken cancellationToken)
    {
        HealthCheck connect = await RunAsync(HealthCheckNames.Connect, token => ConnectCheck.RunAsync(endpoint, ServiceRemedies.For(service), token), cancellationToken).ConfigureAwait(false);
        if (connect.Status == CheckStatus.Failed)
        {
            return [connect, Skipped(HealthCheckNames.Login, connect), Skipped(TrafficName, connect)];
        }

        ProbeTraffic traffic;
        try
        {
            traffic = new ProbeTraffic(service, ProbeUrl.Of(OneAddress()), options);
        }
        catch (Exception fault) when (fault is MessagingException or DeploymentException)
        {
            HealthCheck untried = new(HealthCheckNames.Login, host, CheckStatus.Failed, $"cannot be checked: {WhyNot(fault)}", 0);
            return [connect, untried, Skipped(TrafficName, untried)];
        }

        HealthCheck login = await RunAsync(HealthCheckNames.Login, traffic.LoginAsync, cancellationToken, LateLogin).ConfigureAwait(false);
        HealthCheck last = login.Status == CheckStatus.Failed
            ? Skipped(TrafficName, login)
            : await RunAsync(TrafficName, traffic.ExchangeAsync, cancellationToken).ConfigureAwait(false);
        await EndAsync(traffic, last).ConfigureAwait(false);
        return [connect, login, last];
    }

    // A probe that worked is closed in order and leaves nothing behind. One that did not may hang in closing too: it gets a
    // moment, then its connection ends with the process, and the broker removes what it declared.
    private async Task EndAsync(ProbeTraffic traffic, HealthCheck last)
    {
        Task closing = traffic.DisposeAsync().AsTask();
        if (last.Status == CheckStatus.Passed)
        {
            await closing.ConfigureAwait(false);
            return;
        }

        await Task.WhenAny(closing, Task.Delay(Patience, options.Clock)).ConfigureAwait(false);
    }

    // A port that wants TLS waits for a greeting of its own kind, and says nothing to another.
    private string LateLogin => service.Tls is null ? ": is it another service's port, or one that wants TLS?" : ": is it another service's port?";

    private Task<HealthCheck> RunAsync(string name, Func<CancellationToken, Task<string>> look, CancellationToken cancellationToken, string whenLate = "") =>
        TimedCheck.RunAsync(name, host, options.PatienceWith(service), options.Clock, look, cancellationToken, whenLate);

    private HealthCheck Skipped(string name, HealthCheck because) => new(name, host, CheckStatus.Skipped, $"not tried, because {because.Name} failed", 0);

    private TransportUrl OneAddress() => TransportUrlText.Here(tier, service with { Endpoints = [endpoint] }, secrets);

    private string WhyNot(Exception fault) => fault is MessagingException { Reason: MessagingErrorReason.UnknownScheme }
        ? $"no driver for {service.Transport}:// in this build; ask the broker's own tools"
        : fault.Message;
}
