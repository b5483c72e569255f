using System.Text.Json.Nodes;
using System.Threading.Channels;
using Twinbus.Messaging.Interop.Peers;
using Twinbus.Messaging.Notifications;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.Interop.Notifications;

/// <summary>A notifier of the real oslo.messaging and Twinbus listeners.</summary>
public sealed class NotificationsFromPythonTests(RabbitMqFixture broker, PythonPeerFixture python) : InteropTest(broker, python)
{
    /// <summary>What a handler saw: copied, since the notification ends with the handler.</summary>
    private sealed record Seen(NotificationPriority Priority, string PublisherId, string EventType, string Payload, string? User, string MessageId, string Timestamp);

    [Theory]
    [CombinatorialPriorities]
    public async Task EveryPriorityArrivesWithAndWithoutTheEnvelope(NotificationPriority priority, bool enveloped)
    {
        Channel<Seen> seen = Channel.CreateUnbounded<Seen>();
        await using NotificationListener listener = await ListenAsync([Recording(seen)]);
        await NotifyAsync(priority.QueueName(), """{"id":7,"text":"caf\u00e9"}""", enveloped ? "messagingv2" : "messaging");

        Seen notification = await seen.Reader.ReadAsync(Cancellation);
        Assert.Equal(
            (priority, "compute.host1", "compute.create", "u1"),
            (notification.Priority, notification.PublisherId, notification.EventType, notification.User));
        Assert.Equal("café", (string?)JsonNode.Parse(notification.Payload)!["text"]);
        Assert.True(Guid.TryParse(notification.MessageId, out _));
        Assert.Matches(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6})?$", notification.Timestamp);
    }

    [Fact]
    public async Task ABatchListenerGetsThemTogether()
    {
        for (int number = 0; number < 5; number++)
        {
            await NotifyAsync("info", $"{number}");
        }

        Channel<string[]> batches = Channel.CreateUnbounded<string[]>();
        NotificationEndpoint endpoint = new NotificationEndpoint().OnBatch(NotificationPriority.Info, (batch, _) =>
        {
            batches.Writer.TryWrite([.. batch.Select(notification => notification.ReadPayload().GetRawText())]);
            return ValueTask.FromResult(NotificationResult.Handled);
        });
        await using NotificationListener listener = await ListenAsync(
            [endpoint], new NotificationListenerOptions { Batch = new NotificationBatchOptions(5, TimeSpan.FromSeconds(10)) });
        Assert.Equal(["0", "1", "2", "3", "4"], await batches.Reader.ReadAsync(Cancellation));
    }

    [Fact]
    public async Task AnUnfinishedBatchComesWhenItsTimeIsUp()
    {
        await NotifyAsync("info", "1");
        Channel<int> sizes = Channel.CreateUnbounded<int>();
        NotificationEndpoint endpoint = new NotificationEndpoint().OnBatch(NotificationPriority.Info, (batch, _) =>
        {
            sizes.Writer.TryWrite(batch.Count);
            return ValueTask.FromResult(NotificationResult.Handled);
        });
        await using NotificationListener listener = await ListenAsync(
            [endpoint], new NotificationListenerOptions { Batch = new NotificationBatchOptions(100, TimeSpan.FromSeconds(0.5)) });
        Assert.Equal(1, await sizes.Reader.ReadAsync(Cancellation));
    }

    [Fact]
    public async Task EachPoolGetsItsCopy()
    {
        Channel<Seen> first = Channel.CreateUnbounded<Seen>();
        Channel<Seen> second = Channel.CreateUnbounded<Seen>();
        await using NotificationListener one = await ListenAsync([Recording(first)], new NotificationListenerOptions { Pool = "first" });
        await using NotificationListener two = await ListenAsync([Recording(second)], new NotificationListenerOptions { Pool = "second" });
        await NotifyAsync("info", "1");
        Assert.Equal("1", (await first.Reader.ReadAsync(Cancellation)).Payload);
        Assert.Equal("1", (await second.Reader.ReadAsync(Cancellation)).Payload);
    }

    [Fact]
    public async Task ATwinbusAndAPythonListenerShareOnePool()
    {
        Channel<Seen> seen = Channel.CreateUnbounded<Seen>();
        await using NotificationListener ours = await ListenAsync([Recording(seen)], new NotificationListenerOptions { Pool = "shared" });
        string theirs = await StartPythonAsync("listen", new JsonObject { ["pool"] = "shared" });
        ChannelReader<JsonObject> received = Peer.Events(message => (string?)message["listener"] == theirs);
        for (int number = 0; number < 20; number++)
        {
            await NotifyAsync("info", $"{number}");
        }

        List<int> numbers = [];
        while (numbers.Count < 20)
        {
            await Task.WhenAny(seen.Reader.WaitToReadAsync(Cancellation).AsTask(), received.WaitToReadAsync(Cancellation).AsTask());
            while (seen.Reader.TryRead(out Seen? mine))
            {
                numbers.Add((int)JsonNode.Parse(mine.Payload)!);
            }

            while (received.TryRead(out JsonObject? its))
            {
                numbers.Add((int)its["payload"]!);
            }
        }

        Assert.Equal(Enumerable.Range(0, 20), numbers.Order());
    }

    [Fact]
    public async Task WhatAHandlerSendsBackComesAgain()
    {
        Channel<string> ids = Channel.CreateUnbounded<string>();
        int deliveries = 0;
        NotificationEndpoint endpoint = new NotificationEndpoint().On(NotificationPriority.Error, (notification, _) =>
        {
            ids.Writer.TryWrite(notification.MessageId);
            return ValueTask.FromResult(++deliveries < 3 ? NotificationResult.Requeue : NotificationResult.Handled);
        });
        await using NotificationListener listener = await ListenAsync([endpoint], new NotificationListenerOptions { AllowRequeue = true });
        await NotifyAsync("error", "1");
        string[] seen = [await ids.Reader.ReadAsync(Cancellation), await ids.Reader.ReadAsync(Cancellation), await ids.Reader.ReadAsync(Cancellation)];
        Assert.Single(seen.Distinct());
    }

    [Fact]
    public async Task WithoutLeaveToSendBackAFailingHandlerIsNotAskedAgain()
    {
        Channel<string> payloads = Channel.CreateUnbounded<string>();
        NotificationEndpoint endpoint = new NotificationEndpoint().On(NotificationPriority.Info, (notification, _) =>
        {
            payloads.Writer.TryWrite(notification.ReadPayload().GetRawText());
            throw new InvalidOperationException("the handler failed");
        });
        await using NotificationListener listener = await ListenAsync([endpoint], new NotificationListenerOptions { MaxConcurrency = 1 });
        await NotifyAsync("info", "1");
        await NotifyAsync("info", "2");
        Assert.Equal("1", await payloads.Reader.ReadAsync(Cancellation));
        Assert.Equal("2", await payloads.Reader.ReadAsync(Cancellation));
    }

    [Fact]
    public async Task AFilterPassesOnlyWhatItMatches()
    {
        Channel<Seen> seen = Channel.CreateUnbounded<Seen>();
        NotificationFilter filter = new(
            eventType: @"compute\..*",
            context: new Dictionary<string, string> { ["user"] = "u." },
            payload: new Dictionary<string, string> { ["state"] = "active" });
        await using NotificationListener listener = await ListenAsync([Recording(seen, filter)]);
        await NotifyAsync("info", """{"state":"error"}""");
        await NotifyAsync("info", """{"state":"active"}""", eventType: "network.create");
        await NotifyAsync("info", """{"state":"active"}""");
        Seen only = await seen.Reader.ReadAsync(Cancellation);
        Assert.Equal(("compute.create", "active"), (only.EventType, (string?)JsonNode.Parse(only.Payload)!["state"]));
    }

    [Fact]
    public async Task SeveralTopicsAndExchangesAreHeardByOneListener()
    {
        Channel<Seen> seen = Channel.CreateUnbounded<Seen>();
        await using NotificationListener listener = new(
            Transport, [new Target { Topic = "one" }, new Target { Topic = "two" }, new Target { Topic = "three", Exchange = "other" }], [Recording(seen)]);
        await listener.StartAsync(Cancellation);
        await NotifyAsync("info", "1", topic: "one");
        await NotifyAsync("info", "2", topic: "two");
        Assert.Equal(["1", "2"], new[] { await seen.Reader.ReadAsync(Cancellation), await seen.Reader.ReadAsync(Cancellation) }.Select(one => one.Payload).Order());
        Assert.Contains("three.info", await (await Broker.ServerAsync()).Administration.QueuesAsync(Host.Name, Cancellation));
    }

    private static NotificationEndpoint Recording(Channel<Seen> seen, NotificationFilter? filter = null) =>
        new NotificationEndpoint { Filter = filter }.OnAny((notification, _) =>
        {
            seen.Writer.TryWrite(new Seen(
                notification.Priority, notification.PublisherId, notification.EventType, notification.ReadPayload().GetRawText(),
                notification.Context.GetString("user"), notification.MessageId, notification.Timestamp));
            return ValueTask.CompletedTask;
        });

    private async Task<NotificationListener> ListenAsync(NotificationEndpoint[] endpoints, NotificationListenerOptions? options = null)
    {
        NotificationListener listener = new(Transport, [new Target { Topic = Topic }], [.. endpoints], options);
        await listener.StartAsync(Cancellation);
        return listener;
    }

    private Task<JsonNode?> NotifyAsync(
        string priority, string payload, string driver = "messagingv2", string eventType = "compute.create", string? topic = null) =>
        PythonAsync("notify", new JsonObject
        {
            ["driver"] = driver, ["priority"] = priority, ["publisher_id"] = "compute.host1", ["event_type"] = eventType,
            ["payload"] = JsonNode.Parse(payload), ["context"] = new JsonObject { ["user"] = "u1" }, ["topics"] = new JsonArray(topic ?? Topic),
        });
}
