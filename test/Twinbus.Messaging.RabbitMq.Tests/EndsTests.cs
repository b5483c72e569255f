using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Notifications;
using Twinbus.Messaging.Rpc;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.RabbitMq.Tests;

/// <summary>A broker that closes the channel of whoever keeps a message unacknowledged for a second or two.</summary>
public sealed class ImpatientBroker : IAsyncLifetime
{
    public RabbitMqServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await RabbitMqServer.StartAsync(new RabbitMqSettings
    {
        Environment = new Dictionary<string, string>
        {
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-rabbit consumer_timeout 1000 -rabbit channel_tick_interval 500",
        },
    });

    public async ValueTask DisposeAsync()
    {
        if (Server is not null)
        {
            await Server.DisposeAsync();
        }
    }
}

/// <summary>Whatever ends a channel or a connection, whoever served on it serves again.</summary>
[Trait("Needs", "Broker")]
public sealed class EndsTests(OwnBroker broker) : IClassFixture<OwnBroker>
{
    public static TheoryData<string, bool> Ends()
    {
        var data = new TheoryData<string, bool>();
        foreach (string end in new[] { "channel 404", "channel 405", "channel 406", "channel 403", "connection 320", "connection 541", "connection 530", "cut", "frozen", "queue deleted", "closed by rabbitmqctl", "app stopped" })
        {
            data.Add(end, false);
            data.Add(end, true);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task ServerAnswersAndListenerHearsAgainAfter(string end, bool busy)
    {
        RabbitMqVirtualHost host = await broker.Server.CreateVirtualHostAsync(Service.Timeout);
        await using var relay = new AmqpRelay(host.Port);
        await using Service service = await Service.StartAsync(host, relay.Port);
        if (busy)
        {
            await service.OccupyAsync();
        }

        switch (end.Split(' '))
        {
            case ["channel", var code]:
                relay.CloseConsumers(ushort.Parse(code), $"WORDS - of the broker with {code}");
                break;
            case ["connection", var code]:
                relay.CloseConnections(ushort.Parse(code), $"WORDS - of the broker with {code}");
                break;
            case ["cut"]:
                relay.Cut();
                break;
            case ["frozen"]:
                relay.Freeze();
                await service.Log.NextAsync(2031, Service.Timeout);
                relay.Thaw();
                break;
            case ["queue", ..]:
                foreach (string queue in await broker.Server.Administration.QueuesAsync(host.Name, Service.Timeout))
                {
                    await broker.Server.Administration.DeleteQueueAsync(host.Name, queue, Service.Timeout);
                }

                break;
            case ["closed", ..]:
                await broker.Server.ControlAsync(["close_all_connections", "--vhost", host.Name, "closed by the test"], Service.Timeout);
                break;
            case ["app", ..]:
                await broker.Server.ControlAsync(["stop_app"], Service.Timeout);
                await broker.Server.ControlAsync(["start_app"], Service.Timeout);
                break;
            default:
                throw new InvalidOperationException(end);
        }

        if (busy && end != "queue deleted")
        {
            // Both are back though what keeps their slots goes on. The news of a deleted queue stands in line behind its messages.
            await service.Log.NextAsync(2032, Service.Timeout);
            await service.Log.NextAsync(2032, Service.Timeout);
        }

        await service.ServesAgainAsync();
    }
}

/// <summary>The broker's own end of a channel whose messages stay unacknowledged: every slot is taken.</summary>
[Trait("Needs", "Broker")]
public sealed class ConsumerTimeoutTests(ImpatientBroker broker) : IClassFixture<ImpatientBroker>
{
    [Fact]
    public async Task ServerAndListenerServeAgainAfterALateAcknowledgement()
    {
        RabbitMqVirtualHost host = await broker.Server.CreateVirtualHostAsync(Service.Timeout);
        await using Service service = await Service.StartAsync(host, host.Port);
        await service.OccupyAsync();

        string reason = await service.Log.NextAsync(2031, Service.Timeout);
        Assert.Contains("406", reason, StringComparison.Ordinal);
        Assert.Contains("consumer_timeout", reason, StringComparison.Ordinal);
        await service.Log.NextAsync(2032, Service.Timeout);

        await service.ServesAgainAsync();
    }
}

/// <summary>A server and a listener with one slot each, and who calls and notifies them.</summary>
internal sealed class Service : IAsyncDisposable
{
    private readonly Transport serving;
    private readonly Transport asking;
    private readonly RpcServer server;
    private readonly NotificationListener listener;
    private readonly Channel<string> heard = Channel.CreateUnbounded<string>();
    private readonly TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<string> begun = Channel.CreateUnbounded<string>();
    private int asked;

    private Service(RabbitMqVirtualHost host, int port)
    {
        serving = Open(host, port, Log);
        asking = Open(host, host.Port, new LogMemory());
        var endpoint = new RpcEndpoint()
            .Map("echo", (request, _) => ValueTask.FromResult<Payload>(request.ReadArguments()))
            .Map("wait", async (_, cancellationToken) =>
            {
                begun.Writer.TryWrite("call");
                await release.Task.WaitAsync(cancellationToken);
                return Payload.Null;
            });
        server = new RpcServer(serving, new Target { Topic = "topic", Server = "s" }, [endpoint], new RpcServerOptions { MaxConcurrency = 1 });
        var hearing = new NotificationEndpoint().OnAny(async (notification, cancellationToken) =>
        {
            if (notification.EventType == "wait")
            {
                begun.Writer.TryWrite("notification");
                await release.Task.WaitAsync(cancellationToken);
            }

            heard.Writer.TryWrite(notification.EventType);
        });
        listener = new NotificationListener(
            serving, [new Target { Topic = "n" }], [hearing], new NotificationListenerOptions { MaxConcurrency = 1 });
    }

    public static CancellationToken Timeout => new CancellationTokenSource(TimeSpan.FromSeconds(90)).Token;

    public LogMemory Log { get; } = new();

    public static async Task<Service> StartAsync(RabbitMqVirtualHost host, int port)
    {
        var service = new Service(host, port);
        await service.server.StartAsync(Timeout);
        await service.listener.StartAsync(Timeout);
        await service.AskAsync(TimeSpan.FromSeconds(30));
        await service.NotifyAsync("first");
        Assert.Equal("first", await service.heard.Reader.ReadAsync(Timeout));
        return service;
    }

    /// <summary>Takes both slots, with more waiting for them.</summary>
    public async Task OccupyAsync()
    {
        var client = new RpcClient(asking, new Target { Topic = "topic" });
        for (int i = 0; i < 3; i++)
        {
            await client.CastAsync(MessageContext.Empty, "wait", null, Timeout);
            await NotifyAsync("wait");
        }

        string[] both = [await begun.Reader.ReadAsync(Timeout), await begun.Reader.ReadAsync(Timeout)];
        Assert.Equal(["call", "notification"], both.Order());
    }

    /// <summary>Lets go what takes the slots, and waits for an answer and a notification.</summary>
    public async Task ServesAgainAsync()
    {
        release.TrySetResult();
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                await AskAsync(TimeSpan.FromSeconds(10));
                break;
            }
            catch (MessagingException error) when (attempt < 4 && error.IsTransient)
            {
                // What was under way in that moment is not sent twice.
            }
        }

        string last = $"last {Interlocked.Increment(ref asked)}";
        await NotifyAsync(last);
        while (await heard.Reader.ReadAsync(Timeout) != last)
        {
            // Those of before.
        }
    }

    public async ValueTask DisposeAsync()
    {
        release.TrySetResult();
        await server.DisposeAsync();
        await listener.DisposeAsync();
        await serving.DisposeAsync();
        await asking.DisposeAsync();
        Log.Dispose();
    }

    private static Transport Open(RabbitMqVirtualHost host, int port, LogMemory log) => Transport.Create(
        $"rabbit://{host.User}:{host.Password}@127.0.0.1:{port}/{host.Name}",
        new TransportOptions
        {
            LoggerFactory = log,
            Drivers = DriverRegistry.Of(new RabbitMqDriver(new RabbitMqOptions
            {
                Connection = new RabbitConnectionOptions
                {
                    Heartbeat = TimeSpan.FromSeconds(5),
                    ConnectTimeout = TimeSpan.FromSeconds(5),
                    RetryInterval = TimeSpan.FromSeconds(0.2),
                    RetryBackoff = TimeSpan.FromSeconds(0.2),
                    RetryIntervalMax = TimeSpan.FromSeconds(1),
                    ReconnectDelay = TimeSpan.FromSeconds(0.2),
                },
            })),
        });

    private async Task AskAsync(TimeSpan timeout)
    {
        int n = Interlocked.Increment(ref asked);
        var client = new RpcClient(asking, new Target { Topic = "topic" }, new RpcClientOptions { Timeout = timeout });
        JsonElement answer = await client.CallAsync(MessageContext.Empty, "echo", new JsonObject { ["n"] = n }, Timeout);
        Assert.Equal(n, answer.GetProperty("n").GetInt32());
    }

    private async Task NotifyAsync(string eventType) =>
        await new Notifier(asking, "p", new NotifierOptions { Topics = ["n"], Retry = 20 }).InfoAsync(MessageContext.Empty, eventType, Payload.Null, Timeout);
}
