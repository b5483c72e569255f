using System.Text.Json.Nodes;
using System.Threading.Channels;
using Twinbus.Messaging.Notifications;
using Twinbus.Messaging.Rpc;

namespace Twinbus.Messaging.Conformance;

/// <summary>What the claims share: names that no other test has, a server with the usual methods, collecting handlers.</summary>
public abstract class Claims(ITransportFixture fixture)
{
    /// <summary>Longer than anything here should take; a claim that waits so long has failed.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static int count;

    protected ITransportFixture Fixture => fixture;

    protected static MessageContext Context => MessageContext.Empty;

    protected static CancellationToken Timeout => new CancellationTokenSource(Patience).Token;

    /// <summary>A name that no other test has.</summary>
    protected static string Unique(string what) => $"{what}-{Environment.ProcessId}-{Interlocked.Increment(ref count)}";

    /// <summary>An endpoint that answers <c>echo</c>, <c>add</c>, <c>whoami</c>, <c>fail</c> and tells of what it ran.</summary>
    protected static RpcEndpoint Answering(string server, Channel<string>? ran = null, string? space = null, string version = "1.0") =>
        new RpcEndpoint { Namespace = space, Version = version }
            .Map("echo", (request, _) =>
            {
                ran?.Writer.TryWrite($"{server}:echo");
                return ValueTask.FromResult<Payload>(request.ReadArguments());
            })
            .Map("whoami", (_, _) =>
            {
                ran?.Writer.TryWrite($"{server}:whoami");
                return ValueTask.FromResult<Payload>(JsonValue.Create(server));
            })
            .Map("context", (request, _) => ValueTask.FromResult<Payload>(
                new JsonObject(request.Context.Select(entry => KeyValuePair.Create(entry.Key, JsonNode.Parse(entry.Value.GetRawText()))))))
            .Map("nothing", (_, _) => ValueTask.FromResult(Payload.Null))
            .Map("fail", (request, _) => throw new RpcFailureException(
                "ValueError", request.ReadArguments().GetProperty("message").GetString()!));

    /// <summary>A running server; the claim disposes it.</summary>
    protected static async Task<RpcServer> ServeAsync(Transport transport, string topic, string server, params RpcEndpoint[] endpoints)
    {
        var running = new RpcServer(transport, new Target { Topic = topic, Server = server }, [.. endpoints]);
        await running.StartAsync(Timeout);
        return running;
    }

    /// <summary>A running listener whose notifications arrive in the channel as <c>priority event payload</c>.</summary>
    protected static async Task<(NotificationListener Listener, Channel<string> Heard)> HearAsync(
        Transport transport, string topic, NotificationListenerOptions? options = null, NotificationFilter? filter = null)
    {
        var heard = Channel.CreateUnbounded<string>();
        var endpoint = new NotificationEndpoint { Filter = filter }.OnAny((notification, _) =>
        {
            heard.Writer.TryWrite($"{notification.Priority.QueueName()} {notification.EventType} {notification.ReadPayload().GetRawText()}");
            return ValueTask.CompletedTask;
        });
        var listener = new NotificationListener(transport, [new Target { Topic = topic }], [endpoint], options);
        await listener.StartAsync(Timeout);
        return (listener, heard);
    }
}
