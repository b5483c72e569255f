using System.Text.Json;
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

/// <summary>A broker that takes small messages only.</summary>
public sealed class NarrowBroker : IAsyncLifetime
{
    public const int MaxMessageSize = 200_000;

    public RabbitMqServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() =>
        Server = await RabbitMqServer.StartAsync(new RabbitMqSettings { Configuration = $"max_message_size = {MaxMessageSize}" });

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

/// <summary>Messages over the broker's max_message_size, and what must not become of the others that are sent beside them.</summary>
[Trait("Needs", "Broker")]
public sealed class TooLargeTests(NarrowBroker broker) : IClassFixture<NarrowBroker>
{
    private static readonly string Large = new('x', NarrowBroker.MaxMessageSize + 1);

    private static CancellationToken Timeout => new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;

    [Theory]
    [InlineData("call")]
    [InlineData("cast")]
    [InlineData("fanout")]
    [InlineData("notification")]
    public async Task WhatIsTooLargeIsRefusedAndItsNeighboursAreSentOnce(string kind)
    {
        const int Neighbours = 40;
        RabbitMqVirtualHost host = await broker.Server.CreateVirtualHostAsync(Timeout);
        using var log = new LogMemory();
        await using Transport transport = Open(host, log);
        await using Transport serving = Open(host);
        var ran = Channel.CreateUnbounded<int>();
        await using RpcServer server = await ServeAsync(serving, ran);
        var client = new RpcClient(transport, new Target { Topic = "wide" });
        await client.CallAsync(MessageContext.Empty, "note", new JsonObject { ["n"] = -1 }, Timeout);

        var before = Enumerable.Range(0, Neighbours).Select(n => Cast(client, n)).ToList();
        Task large = Send(transport, kind);
        var after = Enumerable.Range(Neighbours, Neighbours).Select(n => Cast(client, n)).ToList();

        MessagingException error = await Assert.ThrowsAsync<MessageDeliveryException>(() => large.WaitAsync(Timeout));
        Assert.Equal(MessagingErrorReason.MessageTooLarge, error.Reason);
        Assert.False(error.IsTransient);
        Assert.Contains("200,000", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("lost", error.Message, StringComparison.Ordinal);
        await Task.WhenAll([.. before, .. after]).WaitAsync(Timeout);
        await client.CallAsync(MessageContext.Empty, "note", new JsonObject { ["n"] = 1000 }, Timeout);
        Assert.Equal([-1, .. Enumerable.Range(0, 2 * Neighbours), 1000], (await ReadAsync(ran, (2 * Neighbours) + 2)).Order());
        Assert.Equal(0, log.Count(2021));
    }

    [Fact]
    public async Task SecondOneIsRefusedWithoutAskingTheBroker()
    {
        RabbitMqVirtualHost host = await broker.Server.CreateVirtualHostAsync(Timeout);
        await using Transport transport = Open(host);
        await Assert.ThrowsAsync<MessageDeliveryException>(() => Send(transport, "cast"));
        int refused = await RefusalsAsync();

        MessagingException error = await Assert.ThrowsAsync<MessageDeliveryException>(() => Send(transport, "notification"));

        Assert.Equal(MessagingErrorReason.MessageTooLarge, error.Reason);
        Assert.Equal(refused, await RefusalsAsync());
    }

    /// <summary>The first message of all: nothing is known of the broker yet, and the write may end after the refusal.</summary>
    [Fact]
    public async Task ManyAtOnceAreAllRefused()
    {
        await using Transport transport = Open(await broker.Server.CreateVirtualHostAsync(Timeout));

        Task[] all = [.. Enumerable.Range(0, 20).Select(_ => Send(transport, "cast"))];

        foreach (Task one in all)
        {
            MessagingException error = await Assert.ThrowsAsync<MessageDeliveryException>(() => one.WaitAsync(Timeout));
            Assert.Equal(MessagingErrorReason.MessageTooLarge, error.Reason);
        }
    }

    [Theory]
    [InlineData("large")]
    [InlineData("fail")]
    public async Task ReplyThatIsTooLargeBecomesASmallFailure(string method)
    {
        RabbitMqVirtualHost host = await broker.Server.CreateVirtualHostAsync(Timeout);
        await using Transport transport = Open(host);
        await using Transport serving = Open(host);
        await using RpcServer server = await ServeAsync(serving, Channel.CreateUnbounded<int>());
        var client = new RpcClient(transport, new Target { Topic = "wide" }, new RpcClientOptions { Timeout = TimeSpan.FromSeconds(20) });
        Task<JsonElement>[] beside = [.. Enumerable.Range(0, 40).Select(n => client.CallAsync(MessageContext.Empty, "note", new JsonObject { ["n"] = n }, Timeout).AsTask())];

        RemoteErrorException error = await Assert.ThrowsAsync<RemoteErrorException>(
            () => client.CallAsync(MessageContext.Empty, method, null, Timeout).AsTask());

        Assert.Equal(("oslo_messaging.exceptions", "MessageDeliveryFailure"), (error.Failure.Module, error.Failure.Class));
        Assert.Contains("200,000", error.Failure.Message, StringComparison.Ordinal);
        await Task.WhenAll(beside).WaitAsync(Timeout);
        await client.CallAsync(MessageContext.Empty, "note", new JsonObject { ["n"] = 41 }, Timeout);

        // And known by now.
        await Assert.ThrowsAsync<RemoteErrorException>(() => client.CallAsync(MessageContext.Empty, method, null, Timeout).AsTask());
    }

    /// <summary>The failure quotes the name, and a name can be as long as a message.</summary>
    [Fact]
    public async Task LongNameOfAnUnknownMethodLeavesTheServerAbleToAnswer()
    {
        RabbitMqVirtualHost host = await broker.Server.CreateVirtualHostAsync(Timeout);
        await using Transport transport = Open(host);
        await using RpcServer server = await ServeAsync(transport, Channel.CreateUnbounded<int>());
        var client = new RpcClient(transport, new Target { Topic = "wide" }, new RpcClientOptions { Timeout = TimeSpan.FromSeconds(20) });

        // Quoted twice in the reply, it is over the limit, though the request is not.
        RemoteErrorException error = await Assert.ThrowsAsync<RemoteErrorException>(
            () => client.CallAsync(MessageContext.Empty, new string('m', 150_000), null, Timeout).AsTask());

        Assert.Equal(MessagingErrorReason.NoSuchMethod, error.Reason);
        Assert.InRange(error.Failure.Message.Length, 1, 1000);
        await client.CallAsync(MessageContext.Empty, "note", new JsonObject { ["n"] = 1 }, Timeout);
    }

    /// <summary>A quorum queue confirms late: what was sent just before is unconfirmed when the broker closes the channel.</summary>
    [Fact]
    public async Task NeighboursInAQuorumQueueAreConfirmed()
    {
        const int Neighbours = 200;
        RabbitMqVirtualHost host = await broker.Server.CreateVirtualHostAsync(Timeout);
        await using RawClient raw = await RawClient.ConnectAsync(host);
        await raw.Channel.QueueDeclareAsync("slow", true, false, false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });
        await raw.Channel.ExchangeDeclareAsync("there", ExchangeType.Topic);
        await raw.Channel.QueueBindAsync("slow", "there", "slow");
        await using Transport transport = Open(host);
        var client = new RpcClient(transport, new Target { Exchange = "there", Topic = "slow" });
        await Cast(client, -1);

        Task[] before = [.. Enumerable.Range(0, Neighbours).Select(n => Cast(client, n))];
        Task large = client.CastAsync(MessageContext.Empty, "note", new JsonObject { ["text"] = Large }, Timeout).AsTask();
        Task[] after = [.. Enumerable.Range(Neighbours, Neighbours).Select(n => Cast(client, n))];

        await Assert.ThrowsAsync<MessageDeliveryException>(() => large);
        await Task.WhenAll([.. before, .. after]).WaitAsync(Timeout);
        await raw.Channel.QueueDeclarePassiveAsync("slow");
        Channel<BasicDeliverEventArgs> arrived = await raw.ConsumeAsync("slow");
        for (int i = 0; i < (2 * Neighbours) + 1; i++)
        {
            await arrived.Reader.ReadAsync(Timeout);
        }

        Assert.Equal(0u, await raw.Channel.MessageCountAsync("slow"));
    }

    private static Task Cast(RpcClient client, int n) =>
        client.CastAsync(MessageContext.Empty, "note", new JsonObject { ["n"] = n }, Timeout).AsTask();

    private static Task Send(Transport transport, string kind)
    {
        var arguments = new JsonObject { ["text"] = Large };
        var client = new RpcClient(transport, new Target { Topic = "wide", Fanout = kind == "fanout" });
        return kind switch
        {
            "call" => client.CallAsync(MessageContext.Empty, "note", arguments, Timeout).AsTask(),
            "notification" => new Notifier(transport, "p").InfoAsync(MessageContext.Empty, "e", Payload.From(Large), Timeout).AsTask(),
            _ => client.CastAsync(MessageContext.Empty, "note", arguments, Timeout).AsTask(),
        };
    }

    private static async Task<RpcServer> ServeAsync(Transport transport, Channel<int> ran)
    {
        var endpoint = new RpcEndpoint()
            .Map("note", (request, _) =>
            {
                ran.Writer.TryWrite(request.ReadArguments().GetProperty("n").GetInt32());
                return ValueTask.FromResult(Payload.Null);
            })
            .Map("large", (_, _) => ValueTask.FromResult<Payload>(JsonValue.Create(Large)))
            .Map("fail", (_, _) => throw new RpcFailureException("ValueError", Large));
        var server = new RpcServer(transport, new Target { Topic = "wide", Server = "s" }, [endpoint]);
        await server.StartAsync(Timeout);
        return server;
    }

    private static async Task<List<int>> ReadAsync(Channel<int> ran, int count)
    {
        var all = new List<int>();
        while (all.Count < count)
        {
            all.Add(await ran.Reader.ReadAsync(Timeout));
        }

        Assert.False(ran.Reader.TryRead(out _));
        return all;
    }

    private async Task<int> RefusalsAsync() =>
        (await File.ReadAllTextAsync(broker.Server.LogFile)).Split("larger than configured max size").Length - 1;

    private static Transport Open(RabbitMqVirtualHost host, LogMemory? log = null)
    {
        var options = new TransportOptions { Drivers = DriverRegistry.Of(new RabbitMqDriver()) };
        return Transport.Create(host.TransportUrl, log is null ? options : options with { LoggerFactory = log });
    }
}
