using System.Text.Json;
using System.Text.Json.Nodes;
using Twinbus.Deployment.Model;
using Twinbus.Messaging;
using Twinbus.Messaging.Notifications;
using Twinbus.Messaging.Rpc;

namespace Twinbus.Operations.Health;

/// <summary>
/// Real traffic with the service's own user on its own virtual host, over an exchange and a topic that nobody else has:
/// neither a cloud's services nor another probe can meet it.
/// </summary>
internal sealed class ProbeTraffic : IAsyncDisposable
{
    private const string EventType = "twinbus.probe";

    private readonly string id = Guid.NewGuid().ToString("N");
    private readonly MessagingService service;
    private readonly TimeSpan patience;
    private readonly ServiceRemedies remedies;
    private readonly Transport transport;

    public ProbeTraffic(MessagingService service, TransportUrl url, HealthOptions options)
    {
        this.service = service;
        patience = options.PatienceWith(service);
        remedies = ServiceRemedies.For(service);
        transport = Transport.Create(url, new TransportOptions
        {
            Drivers = options.Drivers,
            ControlExchange = $"twinbus_probe_{id}",
            ResponseTimeout = patience,
            TimeProvider = options.Clock,
        });
    }

    private string Topic => $"twinbus_probe_{id}";

    private string Place => service.VirtualHost is null ? $"as {service.UserName}" : $"as {service.UserName} on virtual host {service.VirtualHost}";

    /// <summary>The broker lets the user in.</summary>
    public Task<string> LoginAsync(CancellationToken cancellationToken) => ExplainedAsync(async () =>
    {
        await transport.ConnectAsync(cancellationToken).ConfigureAwait(false);
        return $"let in {Place}";
    });

    /// <summary>A call is answered, or a notification arrives, with the content that was sent.</summary>
    public Task<string> ExchangeAsync(CancellationToken cancellationToken) => ExplainedAsync(() => service.Kind switch
    {
        MessagingKind.Rpc => CallAsync(cancellationToken),
        MessagingKind.Notify => NotifyAsync(cancellationToken),
        _ => throw new InvalidOperationException($"No probe for {service.Kind}."),
    });

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => transport.DisposeAsync();

    private async Task<string> CallAsync(CancellationToken cancellationToken)
    {
        RpcEndpoint endpoint = new RpcEndpoint().Map("echo", (request, _) => ValueTask.FromResult(Payload.From(request.ReadArguments())));
        RpcServer server = new(transport, new Target { Topic = Topic, Server = "probe" }, [endpoint]);
        await using (server.ConfigureAwait(false))
        {
            await server.StartAsync(cancellationToken).ConfigureAwait(false);
            RpcClient client = new(transport, new Target { Topic = Topic }, new RpcClientOptions { Mandatory = true });
            JsonElement reply = await client.CallAsync(MessageContext.Empty, "echo", new JsonObject { ["id"] = id }, cancellationToken).ConfigureAwait(false);
            return reply.ValueKind == JsonValueKind.Object && reply.TryGetProperty("id", out JsonElement echoed) && echoed.GetString() == id
                ? $"a call was answered {Place}"
                : throw new CheckFailedException($"a call was answered with something else than was asked {Place}");
        }
    }

    private async Task<string> NotifyAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource<bool> delivered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        NotificationEndpoint endpoint = new NotificationEndpoint().On(NotificationPriority.Info, (notification, _) =>
        {
            JsonElement payload = notification.ReadPayload();
            delivered.TrySetResult(notification.EventType == EventType && payload.ValueKind == JsonValueKind.String && payload.GetString() == id);
            return ValueTask.FromResult(NotificationResult.Handled);
        });
        NotificationListener listener = new(transport, [new Target { Topic = Topic }], [endpoint]);
        await using (listener.ConfigureAwait(false))
        {
            await listener.StartAsync(cancellationToken).ConfigureAwait(false);
            Notifier notifier = new(transport, "twinbus.probe", new NotifierOptions { Topics = [Topic] });
            await notifier.InfoAsync(MessageContext.Empty, EventType, Payload.From(JsonValue.Create(id)), cancellationToken).ConfigureAwait(false);
            bool intact = await delivered.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            return intact
                ? $"a notification arrived {Place}"
                : throw new CheckFailedException($"a notification arrived with something else than was sent {Place}");
        }
    }

    private async Task<string> ExplainedAsync(Func<Task<string>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (MessagingException exception)
        {
            throw new CheckFailedException(Explain(exception), exception);
        }
    }

    private string Explain(MessagingException exception) => exception.Reason switch
    {
        MessagingErrorReason.AccessRefused =>
            $"the broker refuses user {service.UserName}: {remedies.UserRefused}",
        MessagingErrorReason.VirtualHostRefused =>
            $"user {service.UserName} is not let into virtual host {service.VirtualHost}: {remedies.VirtualHostRefused}",
        MessagingErrorReason.OperationRefused =>
            $"user {service.UserName} may not do on virtual host {service.VirtualHost} what its service must; {remedies.OperationRefused}",
        MessagingErrorReason.Timeout or MessagingErrorReason.PublisherBlocked or MessagingErrorReason.Unconfirmed =>
            $"nothing came back within {patience.TotalSeconds:0.##} s {Place}: {exception.Message}",
        _ => exception.Message,
    };
}
