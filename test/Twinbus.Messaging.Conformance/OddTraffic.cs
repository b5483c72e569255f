using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Twinbus.Messaging.Notifications;
using Twinbus.Messaging.Rpc;

namespace Twinbus.Messaging.Conformance;

/// <summary>A server and a listener whose endpoints, filter and serializer throw what code throws; and whether they still work.</summary>
public sealed partial class OddTraffic : IAsyncDisposable
{
    /// <summary>The topic of both.</summary>
    public const string Topic = "odd";

    private readonly Transport transport;
    private readonly RpcServer server;
    private readonly NotificationListener listener;
    private readonly System.Threading.Channels.Channel<string> heard = System.Threading.Channels.Channel.CreateUnbounded<string>();

    private OddTraffic(Transport transport)
    {
        this.transport = transport;
        RpcEndpoint methods = new RpcEndpoint()
            .Map("echo", (request, _) => ValueTask.FromResult<Payload>(request.ReadArguments()))
            .Map("typed", OddJson.Default.OddArguments, OddJson.Default.Int32, (arguments, _, _) => ValueTask.FromResult(arguments.N))
            .Map("throw", (_, _) => throw new InvalidOperationException("an endpoint's own"))
            .Map("json", (_, _) => throw new JsonException("an endpoint's own"))
            .Map("deep", (_, _) => ValueTask.FromResult(Payload.FromUtf8(System.Text.Encoding.UTF8.GetBytes(new string('[', 500) + new string(']', 500)))))
            .Map("ping", (_, _) => ValueTask.FromResult<Payload>(JsonValue.Create("pong")));
        server = new RpcServer(transport, new Target { Topic = Topic, Server = "s" }, [methods], new RpcServerOptions { Serializer = new OddSerializer() });
        var endpoint = new NotificationEndpoint { Filter = new NotificationFilter(context: new Dictionary<string, string> { ["user"] = "(?=u)u|.*" }) };
        foreach (NotificationPriority priority in Enum.GetValues<NotificationPriority>())
        {
            endpoint.On(priority, Hear);
        }

        listener = new NotificationListener(transport, [new Target { Topic = Topic }], [endpoint], new NotificationListenerOptions
        {
            AllowRequeue = true,
            Redelivery = new NotificationRedeliveryOptions
            {
                FirstDelay = TimeSpan.FromTicks(1), MaxDelay = TimeSpan.FromTicks(1), MaxAttempts = 2, DeadLetterQueue = DeadLetters,
            },
        });
    }

    /// <summary>Where the notifications go that fail twice.</summary>
    public static string DeadLetters => "odd_failed.error";

    /// <summary>Serves and listens.</summary>
    public static async Task<OddTraffic> StartAsync(Transport transport)
    {
        var traffic = new OddTraffic(transport);
        await traffic.server.StartAsync();
        await traffic.listener.StartAsync();
        return traffic;
    }

    /// <summary>Returns when the server has answered a call and the listener has heard a notification.</summary>
    public async Task AnswersAndHearsAsync(TimeSpan patience)
    {
        await new RpcClient(transport, new Target { Topic = Topic }, new RpcClientOptions { Timeout = patience }).CallAsync(MessageContext.Empty, "ping");
        await new RpcClient(transport, new Target { Topic = Topic, Server = "s" }, new RpcClientOptions { Timeout = patience }).CallAsync(MessageContext.Empty, "ping");
        string last = Guid.NewGuid().ToString();
        await new Notifier(transport, "p", new NotifierOptions { Topics = [Topic] }).InfoAsync(MessageContext.Empty.With("user", "u"), last, Payload.Null);
        using var deadline = new CancellationTokenSource(patience);
        while (await heard.Reader.ReadAsync(deadline.Token) != last)
        {
            // What was sent before.
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        await listener.DisposeAsync();
    }

    private ValueTask<NotificationResult> Hear(ReceivedNotification notification, CancellationToken cancellationToken)
    {
        heard.Writer.TryWrite(notification.EventType);
        return notification.EventType switch
        {
            "throw" => throw new RegexMatchTimeoutException(),
            "requeue" => ValueTask.FromResult(NotificationResult.Requeue),
            _ when notification.ReadPayload() is { ValueKind: JsonValueKind.String } text => Read(text),
            _ => ValueTask.FromResult(NotificationResult.Handled),
        };
    }

    // Throws at half a surrogate pair, as most code would.
    private static ValueTask<NotificationResult> Read(JsonElement text) =>
        ValueTask.FromResult(text.GetString() is null ? NotificationResult.Requeue : NotificationResult.Handled);

    private sealed class OddSerializer : MessageSerializer
    {
        public override JsonNode? DeserializeEntity(MessageContext context, JsonNode? entity) =>
            entity is JsonValue value && value.TryGetValue(out string? text) && text == "x" ? throw new FormatException("refused") : entity;
    }

    private sealed record OddArguments([property: JsonPropertyName("n")] int N);

    [JsonSerializable(typeof(OddArguments))]
    [JsonSerializable(typeof(int))]
    private sealed partial class OddJson : JsonSerializerContext;
}
