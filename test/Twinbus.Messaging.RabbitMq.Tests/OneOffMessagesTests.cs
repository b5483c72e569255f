using System.Text.Json.Nodes;
using System.Threading.Channels;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Notifications;
using Twinbus.Messaging.Rpc;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.RabbitMq.Tests;

/// <summary>One message that cannot be delivered, and what must not become of the others that are sent beside it.</summary>
[Trait("Needs", "Broker")]
public sealed class OneOffMessagesTests(RabbitMqTransportFixture fixture) : IClassFixture<RabbitMqTransportFixture>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static CancellationToken Timeout => new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token;

    /// <summary>
    /// The broker closes the channel over an exchange that is gone. What was sent to others before that may have arrived,
    /// though it is not confirmed: a quorum queue's confirmations take their time.
    /// </summary>
    [Fact]
    public async Task MessagesBesideOneForAMissingExchangeAreNotSentAgain()
    {
        const int Count = 300;
        RabbitMqVirtualHost host = await fixture.VirtualHostAsync();
        await using RawClient raw = await RawClient.ConnectAsync(host);
        await raw.Channel.QueueDeclareAsync("slow", true, false, false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });
        await raw.Channel.ExchangeDeclareAsync("there", ExchangeType.Topic);
        await raw.Channel.QueueBindAsync("slow", "there", "slow");
        await using Transport transport = Open(host, new RabbitMqOptions());
        var there = new RpcClient(transport, new Target { Exchange = "there", Topic = "slow" });
        var gone = new RpcClient(transport, new Target { Exchange = "gone", Topic = "slow" });
        await there.CastAsync(MessageContext.Empty, "note", new JsonObject { ["n"] = -1 }, Timeout);
        await gone.CastAsync(MessageContext.Empty, "note", null, Timeout);
        await raw.Channel.ExchangeDeleteAsync("gone");

        var casts = new List<Task>();
        for (int n = 0; n < Count; n++)
        {
            casts.Add(there.CastAsync(MessageContext.Empty, "note", new JsonObject { ["n"] = n }, Timeout).AsTask());
        }

        Task missing = gone.CastAsync(MessageContext.Empty, "note", null, Timeout).AsTask();
        casts.Add(there.CastAsync(MessageContext.Empty, "note", new JsonObject { ["n"] = Count }, Timeout).AsTask());

        // Nobody got this one, so it is sent again; the broker has the exchange then, and drops it for want of a queue.
        await missing;
        foreach (Task cast in casts)
        {
            Exception? error = await Record.ExceptionAsync(() => cast);
            Assert.True(error is null or MessageDeliveryException { Reason: MessagingErrorReason.Unconfirmed }, error?.ToString());
        }

        // One that was written after the failing one was not taken either, and is sent again too.
        Assert.True(casts[^1].IsCompletedSuccessfully);
        await there.CastAsync(MessageContext.Empty, "end", null, Timeout);
        Dictionary<int, int> arrived = await CountAsync(raw);
        Assert.DoesNotContain(arrived, copies => copies.Value > 1);
        Assert.All(Enumerable.Range(0, Count + 1).Where(n => casts[n].IsCompletedSuccessfully), n => Assert.Contains(n, arrived.Keys));
    }

    [Fact]
    public async Task ReplyQueueWithANameThatAmqpCannotCarryDisturbsNobodyElse()
    {
        RabbitMqVirtualHost host = await fixture.VirtualHostAsync();
        await using Transport transport = Open(host, new RabbitMqOptions());
        var endpoint = new RpcEndpoint().Map("ping", (_, _) => ValueTask.FromResult<Payload>(JsonValue.Create("pong")));
        await using var server = new RpcServer(transport, new Target { Topic = "long", Server = "s" }, [endpoint]);
        await server.StartAsync(Timeout);
        await using RawClient raw = await RawClient.ConnectAsync(host);
        await raw.Channel.QueueDeclareAsync("reply_long", false, false, false);
        Channel<BasicDeliverEventArgs> replies = await raw.ConsumeAsync("reply_long");

        await raw.CallAsync("long", "ping", new string('q', 300));
        await raw.CallAsync("long", "ping", "reply_long");

        await replies.Reader.ReadAsync(Timeout);
        await new Notifier(transport, "p").InfoAsync(MessageContext.Empty, "e", Payload.Null, Timeout).AsTask().WaitAsync(Patience);
    }

    [Fact]
    public async Task TargetWhoseNameAmqpCannotCarryIsRefused()
    {
        await using Transport transport = Open(await fixture.VirtualHostAsync(), new RabbitMqOptions());
        var client = new RpcClient(transport, new Target { Topic = "t", Server = new string('s', 300) });

        MessagingException error = await Assert.ThrowsAnyAsync<MessagingException>(
            () => client.CastAsync(MessageContext.Empty, "note", null, Timeout).AsTask());

        Assert.Equal(MessagingErrorReason.InvalidTarget, error.Reason);
        Assert.Contains("302 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CompressedMessageToNobodyIsUndeliverable()
    {
        await using Transport transport = Open(
            await fixture.VirtualHostAsync(),
            new RabbitMqOptions { Publishing = new RabbitPublishOptions { Compression = RabbitCompression.Gzip } });
        var client = new RpcClient(transport, new Target { Topic = "nobody" }, new RpcClientOptions { Mandatory = true });

        await Assert.ThrowsAsync<MessageUndeliverableException>(() => client.CastAsync(MessageContext.Empty, "note", null, Timeout).AsTask());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task FirstCallTriesAsOftenAsItIsTold(int retry)
    {
        var drivers = DriverRegistry.Of(new RabbitMqDriver(new RabbitMqOptions
        {
            Connection = new RabbitConnectionOptions { RetryInterval = TimeSpan.FromSeconds(0.1) },
        }));
        using var log = new LogMemory();
        await using var transport = Transport.Create(
            "rabbit://u:p@127.0.0.1:1/", new TransportOptions { Drivers = drivers, LoggerFactory = log });
        var client = new RpcClient(transport, new Target { Topic = "t" }, new RpcClientOptions { Retry = retry });

        MessagingException error = await Assert.ThrowsAnyAsync<MessagingException>(
            () => client.CallAsync(MessageContext.Empty, "note", null, Timeout).AsTask());

        Assert.Equal(MessagingErrorReason.ConnectionRefused, error.Reason);
        Assert.Equal(retry + 1, log.Count(2002));
    }

    /// <summary>A stream knows acknowledgements only: over a rejection the broker closes the whole connection.</summary>
    [Fact]
    public async Task UnreadableMessageInAStreamCutsNobodyOff()
    {
        RabbitMqVirtualHost host = await fixture.VirtualHostAsync();
        using var log = new LogMemory();
        var options = new RabbitMqOptions { Queues = new RabbitQueueOptions { TransientQuorum = true, StreamFanout = true } };
        await using var transport = Transport.Create(
            host.TransportUrl, new TransportOptions { Drivers = DriverRegistry.Of(new RabbitMqDriver(options)), LoggerFactory = log });
        var ran = new TaskCompletionSource();
        var endpoint = new RpcEndpoint().Map("note", (_, _) =>
        {
            ran.TrySetResult();
            return ValueTask.FromResult(Payload.Null);
        });
        await using var server = new RpcServer(transport, new Target { Topic = "streamed", Server = "s" }, [endpoint]);
        await server.StartAsync(Timeout);
        await using RawClient raw = await RawClient.ConnectAsync(host);

        await raw.PublishAsync("streamed_fanout", "no JSON");
        Assert.Contains("acknowledged", await log.NextAsync(2071, Timeout), StringComparison.Ordinal);
        await new RpcClient(transport, new Target { Topic = "streamed", Fanout = true }).CastAsync(MessageContext.Empty, "note", null, Timeout);

        await ran.Task.WaitAsync(Patience);
        Assert.Equal(0, log.Count(2013));
    }

    [Fact]
    public async Task WhatAPublisherLeftOutMatchesNoRule()
    {
        RabbitMqVirtualHost host = await fixture.VirtualHostAsync();
        await using Transport transport = Open(host, new RabbitMqOptions());
        var heard = Channel.CreateUnbounded<string>();
        var any = new Dictionary<string, string> { ["timestamp"] = ".*" };
        NotificationEndpoint[] endpoints =
        [
            Hearing("publisher_id", new NotificationFilter(publisherId: ".*")),
            Hearing("event_type", new NotificationFilter(eventType: ".*")),
            Hearing("timestamp", new NotificationFilter(metadata: any)),
            Hearing("all", null),
        ];
        await using var listener = new NotificationListener(transport, [new Target { Topic = "bare" }], [.. endpoints]);
        await listener.StartAsync(Timeout);
        await using RawClient raw = await RawClient.ConnectAsync(host);

        await raw.PublishAsync("bare.info", """{"priority":"INFO","payload":1}""");

        Assert.Equal("all", await heard.Reader.ReadAsync(Timeout));

        NotificationEndpoint Hearing(string name, NotificationFilter? filter) =>
            new NotificationEndpoint { Filter = filter }.OnAny((_, _) =>
            {
                heard.Writer.TryWrite(name);
                return ValueTask.CompletedTask;
            });
    }

    private static Transport Open(RabbitMqVirtualHost host, RabbitMqOptions options) =>
        Transport.Create(host.TransportUrl, new TransportOptions { Drivers = DriverRegistry.Of(new RabbitMqDriver(options)) });

    // How often each number arrived before the end.
    private static async Task<Dictionary<int, int>> CountAsync(RawClient raw)
    {
        var counts = new Dictionary<int, int>();
        Channel<BasicDeliverEventArgs> arrived = await raw.ConsumeAsync("slow");
        while (true)
        {
            JsonNode envelope = JsonNode.Parse((await arrived.Reader.ReadAsync(Timeout)).Body.Span)!;
            JsonNode message = JsonNode.Parse((string)envelope["oslo.message"]!)!;
            if ((string)message["method"]! == "end")
            {
                return counts;
            }

            int n = (int)message["args"]!["n"]!;
            counts[n] = counts.GetValueOrDefault(n) + 1;
        }
    }
}
