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

/// <summary>
/// A message that the broker refuses for what it is closes the channel. Those that were sent just before it arrive, are confirmed and
/// are sent once, also in a queue that confirms late; so do those behind it.
/// </summary>
[Trait("Needs", "Broker")]
public sealed class RefusedMessagesTests(RabbitMqFixture broker)
{
    private const int Neighbours = 200;

    private static CancellationToken Timeout => new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;

    [Fact]
    public async Task ExchangeThatMayNotBeWrittenTo()
    {
        RabbitMqVirtualHost host = await broker.CreateVirtualHostAsync(Timeout);
        RabbitMqServer server = await broker.ServerAsync();
        await server.Administration.PutAsync(
            $"permissions/{host.Name}/{host.User}",
            new JsonObject { ["configure"] = ".*", ["write"] = "^(there|slow)$", ["read"] = ".*" },
            Timeout);

        MessagingException error = await SendBesideAsync(host, transport => new RpcClient(transport, new Target { Exchange = "forbidden", Topic = "t" })
            .CastAsync(MessageContext.Empty, "note", null, Timeout).AsTask());

        Assert.Equal(MessagingErrorReason.OperationRefused, error.Reason);
        Assert.Contains("exchange 'forbidden'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task QueueThatIsThereWithOtherArguments()
    {
        RabbitMqVirtualHost host = await broker.CreateVirtualHostAsync(Timeout);
        await using RawClient raw = await RawClient.ConnectAsync(host);
        await raw.Channel.QueueDeclareAsync("n.info", durable: true, exclusive: false, autoDelete: false);

        MessagingException error = await SendBesideAsync(host, transport => new Notifier(transport, "p", new NotifierOptions { Topics = ["n"] })
            .InfoAsync(MessageContext.Empty, "e", Payload.Null, Timeout).AsTask());

        Assert.Equal(MessagingErrorReason.DeclarationConflict, error.Reason);
    }

    [Fact]
    public async Task QueueThatIsAnotherConnectionsAlone()
    {
        RabbitMqVirtualHost host = await broker.CreateVirtualHostAsync(Timeout);
        await using RawClient raw = await RawClient.ConnectAsync(host);
        await raw.Channel.QueueDeclareAsync("n.info", durable: false, exclusive: true, autoDelete: false);

        MessagingException error = await SendBesideAsync(host, transport => new Notifier(transport, "p", new NotifierOptions { Topics = ["n"] })
            .InfoAsync(MessageContext.Empty, "e", Payload.Null, Timeout).AsTask());

        Assert.Equal(MessagingErrorReason.Refused, error.Reason);
        Assert.DoesNotContain("lost", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The exchange of a fanout goes with its last server.</summary>
    [Fact]
    public async Task FanoutWhoseServersAreGone()
    {
        RabbitMqVirtualHost host = await broker.CreateVirtualHostAsync(Timeout);
        await using RawClient raw = await RawClient.ConnectAsync(host);
        var sent = new List<Task>();
        await SendBesideAsync(host, async transport =>
        {
            var fanout = new RpcClient(transport, new Target { Topic = "gone", Fanout = true });
            await fanout.CastAsync(MessageContext.Empty, "note", null, Timeout);
            await raw.Channel.ExchangeDeleteAsync("gone_fanout");
            sent.Add(fanout.CastAsync(MessageContext.Empty, "note", null, Timeout).AsTask());
        });

        await Task.WhenAll(sent);
    }

    /// <summary>Sends one among many to a quorum queue; all of these are confirmed, and there once.</summary>
    private static async Task<MessagingException> SendBesideAsync(RabbitMqVirtualHost host, Func<Transport, Task> send)
    {
        await using RawClient raw = await RawClient.ConnectAsync(host);
        await raw.Channel.QueueDeclareAsync("slow", true, false, false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });
        await raw.Channel.ExchangeDeclareAsync("there", ExchangeType.Topic);
        await raw.Channel.QueueBindAsync("slow", "there", "slow");
        await using var transport = Transport.Create(host.TransportUrl, new TransportOptions { Drivers = DriverRegistry.Of(new RabbitMqDriver()) });
        var client = new RpcClient(transport, new Target { Exchange = "there", Topic = "slow" });
        await CastAsync(-1);

        Task[] before = [.. Enumerable.Range(0, Neighbours).Select(CastAsync)];
        Task refused = send(transport);
        Task[] after = [.. Enumerable.Range(Neighbours, Neighbours).Select(CastAsync)];

        Exception? error = await Record.ExceptionAsync(() => refused.WaitAsync(Timeout));
        await Task.WhenAll([.. before, .. after]).WaitAsync(Timeout);
        await CastAsync(1000);
        Channel<BasicDeliverEventArgs> arrived = await raw.ConsumeAsync("slow");
        var numbers = new List<int>();
        do
        {
            JsonNode envelope = JsonNode.Parse((await arrived.Reader.ReadAsync(Timeout)).Body.Span)!;
            numbers.Add((int)JsonNode.Parse((string)envelope["oslo.message"]!)!["args"]!["n"]!);
        }
        while (numbers[^1] != 1000);
        Assert.Equal([-1, .. Enumerable.Range(0, 2 * Neighbours), 1000], numbers.Order());
        return error as MessagingException ?? new MessagingException(MessagingErrorReason.NotSupported, $"{error}");

        Task CastAsync(int n) => client.CastAsync(MessageContext.Empty, "note", new JsonObject { ["n"] = n }, Timeout).AsTask();
    }
}
