using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Twinbus.Messaging.Notifications;
using Twinbus.Messaging.Rpc;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.RabbitMq.Tests;

/// <summary>What stands on the broker and on its wire, seen by a plain AMQP client.</summary>
[Trait("Needs", "Broker")]
public sealed class WireTests(RabbitMqTransportFixture fixture, RabbitMqFixture broker) : IClassFixture<RabbitMqTransportFixture>
{
    private static CancellationToken Timeout => new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token;

    [Fact]
    public async Task CallHasThePropertiesAndTheBodyOfTheOriginal()
    {
        await using Transport transport = await fixture.OpenAsync();
        await using RawClient raw = await RawAsync();
        await raw.Channel.ExchangeDeclareAsync("openstack", ExchangeType.Topic);
        await raw.Channel.QueueDeclareAsync("wire", false, false, false);
        await raw.Channel.QueueBindAsync("wire", "openstack", "wire");
        Channel<BasicDeliverEventArgs> arrived = await raw.ConsumeAsync("wire");
        var client = new RpcClient(
            transport, new Target { Topic = "wire", Namespace = "ns1", Version = "1.2" }, new RpcClientOptions { Timeout = TimeSpan.FromSeconds(10) });

        _ = client.CallAsync(MessageContext.Empty.With("user", "u1"), "echo", new JsonObject { ["a"] = 1 }, Timeout).AsTask()
            .ContinueWith(static call => call.Exception, TaskScheduler.Default);
        BasicDeliverEventArgs delivery = await arrived.Reader.ReadAsync(Timeout);

        IReadOnlyBasicProperties properties = delivery.BasicProperties;
        Assert.Equal(("application/json", "utf-8", "10000"), (properties.ContentType, properties.ContentEncoding, properties.Expiration));
        Assert.Equal((DeliveryModes.Persistent, (byte)0), (properties.DeliveryMode, properties.Priority));
        Assert.True(properties.Headers is null or { Count: 0 });
        Assert.False(properties.IsMessageIdPresent() || properties.IsReplyToPresent() || properties.IsCorrelationIdPresent()
            || properties.IsTimestampPresent() || properties.IsAppIdPresent() || properties.IsTypePresent());

        JsonObject envelope = JsonNode.Parse(delivery.Body.Span)!.AsObject();
        Assert.Equal(["oslo.version", "oslo.message"], envelope.Select(member => member.Key));
        JsonObject message = JsonNode.Parse((string)envelope["oslo.message"]!)!.AsObject();
        Assert.Equal(
            ["method", "args", "namespace", "version", "_msg_id", "_reply_q", "_timeout", "_unique_id", "_context_user"],
            message.Select(member => member.Key));
        Assert.Matches("^[0-9a-f]{32}$", (string)message["_msg_id"]!);
        Assert.Matches("^reply_[0-9a-f]{32}$", (string)message["_reply_q"]!);
        Assert.Null(message["_timeout"]);
    }

    [Fact]
    public async Task SecondDeliveryOfARequestIsNotRun()
    {
        await using Transport transport = await fixture.OpenAsync();
        var ran = Channel.CreateUnbounded<string>();
        var endpoint = new RpcEndpoint().Map("note", (request, _) =>
        {
            ran.Writer.TryWrite(request.ReadArguments().GetProperty("text").GetString()!);
            return ValueTask.FromResult(Payload.Null);
        });

        // One at a time, so that what ran is in the order in which it came.
        await using var server = new RpcServer(transport, new Target { Topic = "twice", Server = "s" }, [endpoint], new RpcServerOptions { MaxConcurrency = 1 });
        await server.StartAsync(Timeout);
        await using RawClient raw = await RawAsync();

        await raw.PublishAsync("twice", Request("once", new string('a', 32)));
        await raw.PublishAsync("twice", Request("once", new string('a', 32)));
        await raw.PublishAsync("twice", Request("then", new string('b', 32)));

        Assert.Equal("once", await ran.Reader.ReadAsync(Timeout));
        Assert.Equal("then", await ran.Reader.ReadAsync(Timeout));

        static string Request(string text, string id) =>
            new JsonObject { ["method"] = "note", ["args"] = new JsonObject { ["text"] = text }, ["_unique_id"] = id }.ToJsonString();
    }

    [Fact]
    public async Task PythonsOwnNumbersAreReadWithoutLoss()
    {
        await using Transport transport = await fixture.OpenAsync();
        var ran = Channel.CreateUnbounded<string>();
        var endpoint = new RpcEndpoint().Map("note", (request, _) =>
        {
            ran.Writer.TryWrite(request.ReadArguments().GetRawText());
            return ValueTask.FromResult(Payload.Null);
        });
        await using var server = new RpcServer(transport, new Target { Topic = "numbers", Server = "s" }, [endpoint]);
        await server.StartAsync(Timeout);
        await using RawClient raw = await RawAsync();

        await raw.PublishAsync(
            "numbers",
            """{"oslo.version": "2.0", "oslo.message": "{\"method\": \"note\", \"args\": {\"a\": NaN, \"b\": [Infinity, -Infinity], \"c\": 123456789012345678901234567890, \"d\": \"NaN \\u00e4\"}}"}""");

        Assert.Equal(
            """{"a": "NaN", "b": [1e999, -1e999], "c": 123456789012345678901234567890, "d": "NaN \u00e4"}""",
            await ran.Reader.ReadAsync(Timeout));
    }

    [Fact]
    public async Task ClosingLeavesNoQueueOfOurOwn()
    {
        RabbitMqVirtualHost host = await fixture.VirtualHostAsync();
        RabbitMqServer server = await broker.ServerAsync();
        IReadOnlyList<string> before = await server.Administration.QueuesAsync(host.Name, Timeout);
        await using (Transport transport = await fixture.OpenAsync())
        {
            await using var running = new RpcServer(transport, new Target { Topic = "leaving", Server = "s" }, [new RpcEndpoint()]);
            await running.StartAsync(Timeout);
            await Assert.ThrowsAsync<RemoteErrorException>(
                () => new RpcClient(transport, new Target { Topic = "leaving" }).CallAsync(MessageContext.Empty, "x", null, Timeout).AsTask());
        }

        IReadOnlyList<string> left = await server.Administration.QueuesAsync(host.Name, Timeout);
        Assert.Equal(["leaving", "leaving.s"], left.Except(before).Where(name => name.StartsWith("leaving", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public async Task AutoDeletedProbeLeavesNothing()
    {
        RabbitMqServer server = await broker.ServerAsync();
        RabbitMqVirtualHost host = await broker.CreateVirtualHostAsync(Timeout);
        var options = new TransportOptions
        {
            ControlExchange = "probe",
            Drivers = Drivers.DriverRegistry.Of(new RabbitMqDriver(new RabbitMqOptions { Queues = new RabbitQueueOptions { AutoDelete = true } })),
        };
        await using (var transport = Transport.Create(host.TransportUrl, options))
        {
            var heard = new TaskCompletionSource();
            await using var running = new RpcServer(
                transport, new Target { Topic = "probe", Server = "s" }, [new RpcEndpoint().Map("ping", (_, _) => ValueTask.FromResult(Payload.Null))]);
            await running.StartAsync(Timeout);
            var endpoint = new NotificationEndpoint().On(NotificationPriority.Info, (_, _) =>
            {
                heard.TrySetResult();
                return ValueTask.FromResult(NotificationResult.Handled);
            });
            await using var listener = new NotificationListener(transport, [new Target { Topic = "probe-notes" }], [endpoint]);
            await listener.StartAsync(Timeout);
            await new RpcClient(transport, new Target { Topic = "probe" }).CallAsync(MessageContext.Empty, "ping", null, Timeout);
            await new Notifier(transport, "probe", new NotifierOptions { Topics = ["probe-notes"] })
                .InfoAsync(MessageContext.Empty, "probe", Payload.Null, Timeout);
            await heard.Task.WaitAsync(Timeout);
        }

        Assert.Empty(await server.Administration.QueuesAsync(host.Name, Timeout));
        JsonArray exchanges = (await server.Administration.GetAsync($"exchanges/{host.Name}", Timeout))!.AsArray();
        Assert.DoesNotContain(exchanges, exchange => (string)exchange!["name"]! is "probe" or "probe_fanout");
    }

    [Fact]
    public async Task ReplyToAMissingQueueWaitsForItToComeBack()
    {
        await using Transport transport = await fixture.OpenAsync();
        await using var server = new RpcServer(
            transport,
            new Target { Topic = "late", Server = "s" },
            [new RpcEndpoint().Map("ping", (_, _) => ValueTask.FromResult<Payload>(JsonValue.Create("pong")))]);
        await server.StartAsync(Timeout);
        await using RawClient raw = await RawAsync();

        await raw.PublishAsync("late", """{"method":"ping","args":{},"_msg_id":"m1","_reply_q":"reply_late","_timeout":null}""");
        await Task.Delay(600, Timeout);
        await raw.Channel.QueueDeclareAsync("reply_late", false, false, true);
        Channel<BasicDeliverEventArgs> arrived = await raw.ConsumeAsync("reply_late");

        BasicDeliverEventArgs reply = await arrived.Reader.ReadAsync(Timeout);
        Assert.Contains("pong", Encoding.UTF8.GetString(reply.Body.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task StreamFanoutReachesEveryServer()
    {
        RabbitMqVirtualHost host = await broker.CreateVirtualHostAsync(Timeout);
        await using var transport = Transport.Create(
            host.TransportUrl + "?rabbit_stream_fanout=true&rabbit_transient_quorum_queue=true&rabbit_quorum_queue=true",
            new TransportOptions { Drivers = Drivers.DriverRegistry.Of(new RabbitMqDriver()) });
        var ran = Channel.CreateUnbounded<string>();
        var servers = new List<RpcServer>();
        foreach (string name in new[] { "a", "b" })
        {
            var server = new RpcServer(transport, new Target { Topic = "streamed", Server = name }, [new RpcEndpoint().Map("note", (_, _) =>
            {
                ran.Writer.TryWrite(name);
                return ValueTask.FromResult(Payload.Null);
            })]);
            await server.StartAsync(Timeout);
            servers.Add(server);
        }

        await new RpcClient(transport, new Target { Topic = "streamed", Fanout = true }).CastAsync(MessageContext.Empty, "note", null, Timeout);

        string[] both = [await ran.Reader.ReadAsync(Timeout), await ran.Reader.ReadAsync(Timeout)];
        Assert.Equal(["a", "b"], both.Order());
        foreach (RpcServer server in servers)
        {
            await server.DisposeAsync();
        }
    }

    private async Task<RawClient> RawAsync() => await RawClient.ConnectAsync(await fixture.VirtualHostAsync());
}
