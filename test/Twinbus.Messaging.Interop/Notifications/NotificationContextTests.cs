using System.Text.Json.Nodes;
using System.Threading.Channels;
using Twinbus.Messaging.Interop.Peers;
using Twinbus.Messaging.Notifications;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.Interop.Notifications;

/// <summary>What of a request context goes to a notification bus: the same from either notifier, and never a token or a password.</summary>
public sealed class NotificationContextTests(RabbitMqFixture broker, PythonPeerFixture python) : InteropTest(broker, python)
{
    private static JsonObject Whole() => JsonNode.Parse("""
        {"user_id": "u1", "project_id": "p1", "roles": ["admin"], "request_id": "req-1", "user": "u", "is_admin": true,
         "auth_token": "secret-token", "password": "secret", "service_catalog": [1], "anything": "else"}
        """)!.AsObject();

    [Fact]
    public async Task PythonHearsOfOursWhatItWouldSendItself()
    {
        string ours = await StartPythonAsync("listen", []);
        ChannelReader<JsonObject> heard = Peer.Events(message => (string?)message["listener"] == ours);
        await new Notifier(Transport, "p", new NotifierOptions { Topics = [Topic] }).InfoAsync(MessageContext.From(Whole()), "e", Payload.Null, Cancellation);
        JsonObject fromUs = (await heard.ReadAsync(Cancellation))["context"]!.AsObject();

        await PythonAsync("notify", new JsonObject
        {
            ["driver"] = "messagingv2", ["priority"] = "info", ["publisher_id"] = "p", ["event_type"] = "e", ["payload"] = null, ["context"] = Whole(),
        });
        JsonObject fromPython = (await heard.ReadAsync(Cancellation))["context"]!.AsObject();

        Assert.Equal(fromPython.Select(entry => entry.Key).Order(), fromUs.Select(entry => entry.Key).Order());
        Assert.DoesNotContain("secret", fromUs.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("user_id", fromUs.Select(entry => entry.Key));
    }

    [Fact]
    public async Task WeHearOfPythonsNoSecrets()
    {
        var heard = new TaskCompletionSource<string[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        NotificationEndpoint endpoint = new NotificationEndpoint().OnAny((notification, _) =>
        {
            heard.TrySetResult([.. notification.Context.Keys.Order()]);
            return ValueTask.CompletedTask;
        });
        await using NotificationListener listener = new(Transport, [new Target { Topic = Topic }], [endpoint]);
        await listener.StartAsync(Cancellation);

        await PythonAsync("notify", new JsonObject
        {
            ["driver"] = "messagingv2", ["priority"] = "info", ["publisher_id"] = "p", ["event_type"] = "e", ["payload"] = null, ["context"] = Whole(),
        });

        Assert.Equal(["is_admin", "project_id", "request_id", "roles", "user", "user_id"], await heard.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancellation));
    }

    [Fact]
    public async Task NoneIsSentWhenNoneIsNamed()
    {
        string ours = await StartPythonAsync("listen", []);
        ChannelReader<JsonObject> heard = Peer.Events(message => (string?)message["listener"] == ours);

        await new Notifier(Transport, "p", new NotifierOptions { Topics = [Topic], ContextKeys = [] })
            .InfoAsync(MessageContext.From(Whole()), "e", Payload.Null, Cancellation);

        // Python adds this one itself, at the receiving end.
        Assert.Equal(["client_timeout"], (await heard.ReadAsync(Cancellation))["context"]!.AsObject().Select(entry => entry.Key));
    }
}
