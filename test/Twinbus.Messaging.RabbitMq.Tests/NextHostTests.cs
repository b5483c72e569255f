using System.Text.Json.Nodes;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Notifications;
using Twinbus.Messaging.Rpc;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.RabbitMq.Tests;

/// <summary>Two hosts in a URL, and the one that was connected to does not do its work.</summary>
[Trait("Needs", "Broker")]
public sealed class NextHostTests(RabbitMqTransportFixture fixture) : IClassFixture<RabbitMqTransportFixture>
{
    private const string NotFormed = "INTERNAL_ERROR - Cannot declare queue: cluster_not_formed";

    private static readonly RabbitConnectionOptions Quick = new()
    {
        ConnectTimeout = TimeSpan.FromSeconds(3),
        SilenceTimeout = TimeSpan.FromSeconds(3),
        RetryInterval = TimeSpan.FromSeconds(0.2),
        RetryBackoff = TimeSpan.FromSeconds(0.2),
        RetryIntervalMax = TimeSpan.FromSeconds(1),
        ReconnectDelay = TimeSpan.FromSeconds(0.2),
    };

    private static CancellationToken Timeout => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    [Theory]
    [InlineData(NotFormed)]
    [InlineData("")]
    public async Task ServerGoesToTheNextHostWhenOneRefusesOrLeavesUnansweredWhatItDeclares(string words)
    {
        await using Two hosts = await Two.StartAsync(fixture);
        hosts.FirstOneRefuses(AmqpRelay.QueueDeclare, new AmqpRelay.Refusal(AmqpRelay.ConnectionClose, 541, words));
        using var log = new LogMemory();
        await using Transport transport = hosts.Open(log);
        await using RpcServer server = Echo(transport);

        await server.StartAsync(Timeout);

        Assert.Equal(1, hosts.Refusing!.Connections);
        Assert.Equal(1, hosts.Other.Connections);
    }

    [Theory]
    [InlineData(NotFormed)]
    [InlineData("")]
    public async Task SenderGoesToTheNextHostWhenOneRefusesOrLeavesUnansweredWhatItDeclares(string words)
    {
        await using Two hosts = await Two.StartAsync(fixture);
        hosts.FirstOneRefuses(AmqpRelay.QueueDeclare, new AmqpRelay.Refusal(AmqpRelay.ConnectionClose, 541, words));
        using var log = new LogMemory();
        await using Transport transport = hosts.Open(log);

        await new Notifier(transport, "p", new NotifierOptions { Topics = ["next"] }).InfoAsync(MessageContext.Empty, "e", Payload.Null, Timeout);

        Assert.Equal(1, hosts.Refusing!.Connections);
        Assert.Equal(1, hosts.Other.Connections);
    }

    [Fact]
    public async Task RefusalThatNoHostWouldTakeBackLeavesTheOthersAlone()
    {
        await using Two hosts = await Two.StartAsync(fixture);
        hosts.FirstOneRefuses(AmqpRelay.QueueDeclare, new AmqpRelay.Refusal(AmqpRelay.ChannelClose, 406, "PRECONDITION_FAILED - inequivalent arg"));
        using var log = new LogMemory();
        await using Transport transport = hosts.Open(log);
        await using RpcServer server = Echo(transport);

        MessagingException error = await Assert.ThrowsAnyAsync<MessagingException>(() => server.StartAsync(Timeout).AsTask());

        Assert.Equal(MessagingErrorReason.DeclarationConflict, error.Reason);
        Assert.Contains("inequivalent arg", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, hosts.Other.Connections);
    }

    /// <summary>Its kernel acknowledges everything, and the connection that only receives has nothing to be unacknowledged.</summary>
    [Fact]
    public async Task BothLinksLeaveAFrozenHost()
    {
        await using Two hosts = await Two.StartAsync(fixture);
        await using Transport serving = await fixture.OpenAsync();
        await using RpcServer server = Echo(serving);
        await server.StartAsync(Timeout);
        using var log = new LogMemory();
        await using Transport transport = hosts.Open(log);
        Assert.Equal(1, await CallAsync(transport, 1, TimeSpan.FromSeconds(30)));
        AmqpRelay used = hosts.First.Connections > 0 ? hosts.First : hosts.Second;
        AmqpRelay other = hosts.First.Connections > 0 ? hosts.Second : hosts.First;
        Assert.Equal((2, 0), (used.Connections, other.Connections));

        used.Freeze();
        for (int n = 2; ; n++)
        {
            try
            {
                Assert.Equal(n, await CallAsync(transport, n, TimeSpan.FromSeconds(3)));
                break;
            }
            catch (MessagingException error) when (n < 10 && error.IsTransient)
            {
                // What was on its way in that moment.
            }
        }

        Assert.Equal(2, other.Connections);
    }

    [Fact]
    public async Task SilentServerIsAskedAndLeavesAFrozenHostThoughItHasNothingToSay()
    {
        await using Two hosts = await Two.StartAsync(fixture);
        using var log = new LogMemory();
        await using Transport transport = hosts.Open(log);
        await using RpcServer server = Echo(transport);
        await server.StartAsync(Timeout);
        AmqpRelay used = hosts.First.Connections > 0 ? hosts.First : hosts.Second;

        used.Freeze();
        await log.NextAsync(2032, Timeout);

        // The broker misses a client that is gone by its own heartbeat, which is not what this is about.
        used.Cut();
        await using Transport asking = await fixture.OpenAsync();
        Assert.Equal(1, await CallAsync(asking, 1, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task LostConnectionIsNamedByItsHostAlone()
    {
        await using Two hosts = await Two.StartAsync(fixture);
        using var log = new LogMemory();
        await using Transport transport = hosts.Open(log);
        await transport.ConnectAsync(Timeout);
        AmqpRelay used = hosts.First.Connections > 0 ? hosts.First : hosts.Second;
        AmqpRelay other = hosts.First.Connections > 0 ? hosts.Second : hosts.First;

        used.Cut();
        string lost = await log.NextAsync(2013, Timeout);

        Assert.Contains($"127.0.0.1:{used.Port}", lost, StringComparison.Ordinal);
        Assert.DoesNotContain($"127.0.0.1:{other.Port}", lost, StringComparison.Ordinal);
    }

    /// <summary>The queue is where the lost host was: whoever asks for it waits for that host.</summary>
    [Fact]
    public async Task ReplyQueueThatDoesNotComeBackIsReplacedByAnother()
    {
        await using Two hosts = await Two.StartAsync(fixture);
        await using Transport serving = await fixture.OpenAsync();
        await using RpcServer server = Echo(serving);
        await server.StartAsync(Timeout);
        using var log = new LogMemory();
        await using Transport transport = hosts.Open(log);
        Assert.Equal(1, await CallAsync(transport, 1, TimeSpan.FromSeconds(30)));
        string? lost = null;
        AmqpRelay.Refusal Unanswered(AmqpRelay.Frame frame) => new(AmqpRelay.ChannelClose, 0, "");
        bool IsReply(AmqpRelay.Frame frame) => frame.MethodId == AmqpRelay.QueueDeclare && frame.Queue.StartsWith("reply_", StringComparison.Ordinal)
            && frame.Queue == (lost ??= frame.Queue);
        hosts.First.Refuses = hosts.Second.Refuses = frame => IsReply(frame) ? Unanswered(frame) : null;

        hosts.First.Cut();
        hosts.Second.Cut();
        string replaced = await log.NextAsync(2054, Timeout);

        Assert.Contains(lost!, replaced, StringComparison.Ordinal);
        Assert.Equal(2, await CallAsync(transport, 2, TimeSpan.FromSeconds(30)));
    }

    private static RpcServer Echo(Transport transport) => new(
        transport,
        new Target { Topic = "next", Server = "s" },
        [new RpcEndpoint().Map("echo", (request, _) => ValueTask.FromResult<Payload>(request.ReadArguments()))]);

    private static async Task<int> CallAsync(Transport transport, int n, TimeSpan timeout) =>
        (await new RpcClient(transport, new Target { Topic = "next" }, new RpcClientOptions { Timeout = timeout })
            .CallAsync(MessageContext.Empty, "echo", new JsonObject { ["n"] = n }, Timeout)).GetProperty("n").GetInt32();

    private sealed class Two : IAsyncDisposable
    {
        private readonly RabbitMqVirtualHost host;

        private Two(RabbitMqVirtualHost host)
        {
            this.host = host;
            First = new AmqpRelay(host.Port);
            Second = new AmqpRelay(host.Port);
        }

        public AmqpRelay First { get; }

        public AmqpRelay Second { get; }

        public AmqpRelay? Refusing { get; private set; }

        public AmqpRelay Other => Refusing == First ? Second : First;

        public static async Task<Two> StartAsync(RabbitMqTransportFixture fixture) => new(await fixture.VirtualHostAsync());

        /// <summary>Whichever is asked first refuses from then on.</summary>
        public void FirstOneRefuses(uint method, AmqpRelay.Refusal refusal)
        {
            foreach (AmqpRelay relay in new[] { First, Second })
            {
                relay.Refuses = frame => frame.MethodId == method && (Refusing ??= relay) == relay ? refusal : null;
            }
        }

        public Transport Open(LogMemory log) => Transport.Create(
            $"rabbit://{host.User}:{host.Password}@127.0.0.1:{First.Port},{host.User}:{host.Password}@127.0.0.1:{Second.Port}/{host.Name}",
            new TransportOptions
            {
                LoggerFactory = log,
                Drivers = DriverRegistry.Of(new RabbitMqDriver(new RabbitMqOptions { Connection = Quick })),
            });

        public async ValueTask DisposeAsync()
        {
            await First.DisposeAsync();
            await Second.DisposeAsync();
        }
    }
}
