using System.Text.Json.Nodes;
using System.Threading.Channels;
using Twinbus.Messaging.Interop.Peers;
using Twinbus.Messaging.Notifications;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.Interop.Notifications;

/// <summary>A Twinbus notifier and listeners of the real oslo.messaging.</summary>
public sealed class NotificationsToPythonTests(RabbitMqFixture broker, PythonPeerFixture python) : InteropTest(broker, python)
{
    private static readonly MessageContext Context = MessageContext.Empty.With("user", "u1");

    [Theory]
    [CombinatorialPriorities]
    public async Task EveryPriorityArrivesWithAndWithoutTheEnvelope(NotificationPriority priority, bool enveloped)
    {
        string listener = await StartPythonAsync("listen", []);
        ChannelReader<JsonObject> received = From(listener);
        await Notifier(enveloped).NotifyAsync(Context, priority, "compute.create", JsonNode.Parse("""{"id": 7, "text": "caf\u00e9"}"""), Cancellation);

        JsonObject notification = await received.ReadAsync(Cancellation);
        Assert.Equal(priority.QueueName(), (string?)notification["priority"]);
        Assert.Equal("compute.host1", (string?)notification["publisher_id"]);
        Assert.Equal("compute.create", (string?)notification["event_type"]);
        Assert.Equal("café", (string?)notification["payload"]!["text"]);
        Assert.Equal("u1", (string?)notification["context"]!["user"]);
        Assert.True(Guid.TryParse((string?)notification["metadata"]!["message_id"], out _));
        Assert.Matches(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6})?$", (string?)notification["metadata"]!["timestamp"]);
    }

    [Fact]
    public async Task ABatchListenerGetsThemTogether()
    {
        // Sent before anyone listens: the queue exists because the notifier declares it.
        Notifier notifier = Notifier();
        for (int number = 0; number < 5; number++)
        {
            await notifier.InfoAsync(Context, "n", (JsonNode)number, Cancellation);
        }

        ChannelReader<JsonObject> received = From(await StartPythonAsync("listen", new JsonObject
        {
            ["batch_size"] = 5, ["batch_timeout"] = 10, ["priorities"] = new JsonArray("info"),
        }));
        JsonObject batch = await received.ReadAsync(Cancellation);
        Assert.Equal([0, 1, 2, 3, 4], batch["messages"]!.AsArray().Select(message => (int)message!["payload"]!));
    }

    [Fact]
    public async Task EachPoolGetsItsCopy()
    {
        ChannelReader<JsonObject> first = From(await StartPythonAsync("listen", new JsonObject { ["pool"] = "first" }));
        ChannelReader<JsonObject> second = From(await StartPythonAsync("listen", new JsonObject { ["pool"] = "second" }));
        await Notifier().InfoAsync(Context, "n", (JsonNode)1, Cancellation);
        Assert.Equal(1, (int)(await first.ReadAsync(Cancellation))["payload"]!);
        Assert.Equal(1, (int)(await second.ReadAsync(Cancellation))["payload"]!);
    }

    [Fact]
    public async Task WhatPythonSendsBackComesAgain()
    {
        ChannelReader<JsonObject> received = From(await StartPythonAsync("listen", new JsonObject { ["allow_requeue"] = true, ["requeue_first"] = 2 }));
        await Notifier().ErrorAsync(Context, "n", (JsonNode)1, Cancellation);
        JsonObject[] deliveries = [await received.ReadAsync(Cancellation), await received.ReadAsync(Cancellation), await received.ReadAsync(Cancellation)];
        Assert.Equal(["requeue", "requeue", "handled"], deliveries.Select(delivery => (string?)delivery["result"]));
        Assert.Single(deliveries.Select(delivery => (string?)delivery["metadata"]!["message_id"]).Distinct());
    }

    [Fact]
    public async Task PythonsFiltersSeeWhatTheyAskFor()
    {
        ChannelReader<JsonObject> received = From(await StartPythonAsync("listen", new JsonObject
        {
            ["filter"] = JsonNode.Parse("""{"event_type": "compute\\..*", "payload": {"state": "active"}, "context": {"user": "u."}}"""),
        }));
        Notifier notifier = Notifier();
        await notifier.InfoAsync(Context, "network.create", JsonNode.Parse("""{"state": "active"}"""), Cancellation);
        await notifier.InfoAsync(Context, "compute.create", JsonNode.Parse("""{"state": "error"}"""), Cancellation);
        await notifier.InfoAsync(Context, "compute.create", JsonNode.Parse("""{"state": "active"}"""), Cancellation);
        JsonObject only = await received.ReadAsync(Cancellation);
        Assert.Equal(("compute.create", "active"), ((string?)only["event_type"], (string?)only["payload"]!["state"]));
    }

    [Fact]
    public async Task SeveralTopicsGetACopyEach()
    {
        ChannelReader<JsonObject> one = From(await StartPythonAsync("listen", new JsonObject { ["topics"] = new JsonArray("one") }));
        ChannelReader<JsonObject> two = From(await StartPythonAsync("listen", new JsonObject { ["topics"] = new JsonArray("two") }));
        Notifier notifier = new(Transport, "compute.host1", new NotifierOptions { Topics = ["one", "two"] });
        await notifier.InfoAsync(Context, "n", (JsonNode)1, Cancellation);
        await one.ReadAsync(Cancellation);
        await two.ReadAsync(Cancellation);
    }

    [Theory]
    [InlineData(true, "gzip")]
    [InlineData(false, "gzip")]
    [InlineData(true, "bzip2")]
    public async Task CompressedNotificationsAreRead(bool enveloped, string compression)
    {
        ChannelReader<JsonObject> received = From(await StartPythonAsync("listen", []));
        await using Transport compressing = Bus.Open(Host.TransportUrl + "?kombu_compression=" + compression);
        Notifier notifier = new(compressing, "compute.host1", new NotifierOptions { Topics = [Topic], Enveloped = enveloped });
        await notifier.InfoAsync(Context, "n", (JsonNode)new string('\u00e4', 10_000), Cancellation);
        Assert.Equal(new string('\u00e4', 10_000), (string?)(await received.ReadAsync(Cancellation))["payload"]);
    }

    private Notifier Notifier(bool enveloped = true) =>
        new(Transport, "compute.host1", new NotifierOptions { Topics = [Topic], Enveloped = enveloped });

    private ChannelReader<JsonObject> From(string listener) => Peer.Events(message => (string?)message["listener"] == listener);
}
