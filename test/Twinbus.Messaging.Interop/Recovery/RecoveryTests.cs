using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Twinbus.Messaging.Interop.Peers;
using Twinbus.Messaging.Interop.Wire;
using Twinbus.Messaging.Notifications;
using Twinbus.Messaging.Rpc;
using Twinbus.Testing;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.Interop.Recovery;

/// <summary>What breaks heals by itself, and nothing is deaf afterwards. These tests have a broker of their own, since they break it.</summary>
[Trait("Needs", "Broker")]
public sealed class RecoveryTests(RabbitMqFixture fixture) : IClassFixture<RabbitMqFixture>, IAsyncLifetime
{
    private const string Topic = "recovery";

    // Queues that a restart of the broker leaves standing, so that a request cannot fall between its two ends.
    private const string Durable = "?amqp_durable_queues=true";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly List<IAsyncDisposable> opened = [];
    private RabbitMqServer? broker;
    private RabbitMqVirtualHost? host;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private RabbitMqServer Server => broker!;

    private RabbitMqVirtualHost Host => host!;

    public async ValueTask InitializeAsync()
    {
        broker = await fixture.ServerAsync();
        host = await broker.CreateVirtualHostAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable disposable in Enumerable.Reverse(opened))
        {
            await disposable.DisposeAsync();
        }
    }

    [Fact]
    public async Task CallsAreAnsweredAgainAfterTheBrokerRestarted()
    {
        (RpcClient client, _) = await StartAsync(Host.TransportUrl + Durable);
        await PingAsync(client);
        await Server.RestartAsync(Cancellation);
        await PingAsync(client);
    }

    [Fact]
    public async Task ACallMadeWhileTheBrokerIsAwayIsAnsweredWhenItIsBack()
    {
        (RpcClient client, _) = await StartAsync(Host.TransportUrl + Durable);
        await PingAsync(client);
        await Server.KillAsync(Cancellation);
        // A request on the dying connection would be lost with it: this one tells when the loss is known.
        RpcClient once = client.Prepare(options: options => options with { Timeout = TimeSpan.FromSeconds(2), Retry = 0 });
        await Assert.ThrowsAnyAsync<MessagingException>(() => PingAsync(once));
        Task ping = PingAsync(client);
        await Server.StartAgainAsync(Cancellation);
        await ping;
    }

    [Fact]
    public async Task ACallSurvivesThatAllConnectionsAreClosedUnderIt()
    {
        (RpcClient client, _) = await StartAsync(Host.TransportUrl);
        Task<JsonElement> call = client.CallAsync(MessageContext.Empty, "sleep", new JsonObject { ["seconds"] = 2 }, Cancellation).AsTask();
        await Server.Administration.CloseConnectionsOfAsync(Host.User, Cancellation);
        Assert.Equal("slept", (await call).GetString());
        await PingAsync(client);
    }

    [Fact]
    public async Task ACallSurvivesThatItsReplyQueueIsDeleted()
    {
        await using WireTap tap = new(Host.Port);
        (RpcClient client, _) = await StartAsync(Host.TransportUrl, tap.Through(Host).TransportUrl);
        Task<JsonElement> call = client.CallAsync(MessageContext.Empty, "sleep", new JsonObject { ["seconds"] = 2 }, Cancellation).AsTask();
        Capture? declared = await tap.NextAsync(DeclaresReplyQueue, Limit, Cancellation);
        await tap.NextAsync(capture => capture.Method == "basic.publish", Limit, Cancellation);
        Assert.True(await Server.Administration.DeleteQueueAsync(Host.Name, (string)declared!.Arguments["queue"]!, Cancellation));
        Assert.NotNull(await tap.NthAsync(2, DeclaresReplyQueue, Limit, Cancellation));
        Assert.Equal("slept", (await call).GetString());
        await PingAsync(client);
    }

    [Theory]
    [InlineData(Topic)]
    [InlineData($"{Topic}.server")]
    public async Task AServerWhoseQueueIsDeletedDeclaresItAgain(string queue)
    {
        await using WireTap tap = new(Host.Port);
        (RpcClient client, _) = await StartAsync(tap.Through(Host).TransportUrl, Host.TransportUrl);
        await PingAsync(client);
        Assert.True(await Server.Administration.DeleteQueueAsync(Host.Name, queue, Cancellation));
        Assert.NotNull(await tap.NthAsync(2, capture => capture.Method == "basic.consume" && (string?)capture.Arguments["queue"] == queue, Limit, Cancellation));
        await PingAsync(queue == Topic ? client : client.Prepare(target => target with { Server = "server" }));
    }

    [Fact]
    public async Task AListenerWhoseQueueIsDeletedHearsAgain()
    {
        await using WireTap tap = new(Host.Port);
        Transport transport = Opened(Bus.Open(tap.Through(Host).TransportUrl));
        TaskCompletionSource<string> heard = new(TaskCreationOptions.RunContinuationsAsynchronously);
        NotificationListener listener = Opened(new NotificationListener(transport, [new Target { Topic = Topic }], [Hearing(heard)]));
        await listener.StartAsync(Cancellation);
        await Server.Administration.DeleteQueueAsync(Host.Name, $"{Topic}.info", Cancellation);
        Assert.NotNull(await tap.NthAsync(2, capture => capture.Method == "basic.consume" && (string?)capture.Arguments["queue"] == $"{Topic}.info", Limit, Cancellation));
        await Notifier(Opened(Bus.Open(Host.TransportUrl))).InfoAsync(MessageContext.Empty, "again", (JsonNode)1, Cancellation);
        Assert.Equal("again", await heard.Task.WaitAsync(Limit, Cancellation));
    }

    [Fact]
    public async Task ABlockedBrokerHoldsPublishersUntilItIsUnblocked()
    {
        (RpcClient client, _) = await StartAsync(Host.TransportUrl);
        Notifier notifier = Notifier(Opened(Bus.Open(Host.TransportUrl)));
        await PingAsync(client);
        await notifier.InfoAsync(MessageContext.Empty, "before", (JsonNode)1, Cancellation);
        await Server.BlockPublishersAsync(Cancellation);
        try
        {
            RpcClient hasty = client.Prepare(options: options => options with { Timeout = TimeSpan.FromSeconds(2) });
            MessagingException error = await Assert.ThrowsAnyAsync<MessagingException>(() => PingAsync(hasty));
            Assert.Contains(error.Reason, (MessagingErrorReason[])[MessagingErrorReason.Timeout, MessagingErrorReason.PublisherBlocked]);

            Task notification = notifier.InfoAsync(MessageContext.Empty, "while blocked", (JsonNode)1, Cancellation).AsTask();
            Assert.False(notification.IsCompleted);
            await Server.UnblockPublishersAsync(Cancellation);
            await notification.WaitAsync(Limit, Cancellation);
        }
        finally
        {
            await Server.UnblockPublishersAsync(CancellationToken.None);
        }

        await PingAsync(client);
    }

    [Fact]
    public async Task ADeadHostInTheListIsPassedOver()
    {
        string url = Host.TransportUrl.Replace($"@127.0.0.1:{Host.Port}", $"@127.0.0.1:{FreePort.Next()},{Host.User}:{Host.Password}@127.0.0.1:{Host.Port}", StringComparison.Ordinal);
        (RpcClient client, _) = await StartAsync(url);
        await PingAsync(client);
    }

    [Fact]
    public async Task WhenOneHostOfTheListGoesTheNextOneIsUsed()
    {
        WireTap first = new(Host.Port);
        await using WireTap second = new(Host.Port);
        string url = first.Through(Host).TransportUrl.Replace($"{first.Through(Host).Port}/{Host.Name}", $"{first.Through(Host).Port}" + $",{Host.User}:{Host.Password}@127.0.0.1:{second.Through(Host).Port}/{Host.Name}", StringComparison.Ordinal);
        (RpcClient client, _) = await StartAsync(url);
        await PingAsync(client);
        await first.DisposeAsync();
        await AnsweredAsync(client);
        Assert.Contains(second.Captures, capture => capture.Method == "basic.consume");
    }

    [Fact]
    public async Task NoCallRunsTwiceAndNoneGetsAnothersReplyWhileConnectionsBreak() => await CallWhileAsync(rounds: 4, calls: 100, tap =>
    {
        tap.CutConnections();
        return Task.CompletedTask;
    });

    [Fact]
    public async Task NoCallRunsTwiceAndNoneGetsAnothersReplyWhileTheBrokerRestarts() => await CallWhileAsync(rounds: 1, calls: 1000, async _ =>
    {
        await Server.KillAsync(Cancellation);
        await Server.StartAgainAsync(Cancellation);
    });

    private async Task CallWhileAsync(int rounds, int calls, Func<WireTap, Task> disturb)
    {
        await using WireTap tap = new(Host.Port);
        ConcurrentDictionary<int, int> runs = new();
        RpcEndpoint endpoint = new RpcEndpoint().Map("once", (request, _) =>
        {
            int number = request.ReadArguments().GetProperty("number").GetInt32();
            runs.AddOrUpdate(number, 1, (_, count) => count + 1);
            return ValueTask.FromResult((Payload)(JsonNode)number);
        }).Map("ping", (_, _) => ValueTask.FromResult((Payload)(JsonNode)"pong"));
        RpcServer server = Opened(new RpcServer(Opened(Bus.Open(tap.Through(Host).TransportUrl)), new Target { Topic = Topic, Server = "server" }, [endpoint]));
        await server.StartAsync(Cancellation);
        RpcClient client = new(
            Opened(Bus.Open(tap.Through(Host).TransportUrl)), new Target { Topic = Topic }, new RpcClientOptions { Timeout = TimeSpan.FromSeconds(8) });

        int answered = 0;
        async Task CallAsync(int number)
        {
            try
            {
                JsonElement reply = await client.CallAsync(MessageContext.Empty, "once", new JsonObject { ["number"] = number }, Cancellation);
                Assert.Equal(number, reply.GetInt32());
                Interlocked.Increment(ref answered);
            }
            catch (MessagingException)
            {
                // An explicit error is an honest end of a call whose connection broke.
            }
        }

        for (int round = 0; round < rounds; round++)
        {
            Task[] calling = [.. Enumerable.Range(round * calls, calls).Select(CallAsync)];
            await calling[0];
            await disturb(tap);
            await Task.WhenAll(calling);
        }

        Assert.DoesNotContain(runs, run => run.Value > 1);
        Assert.InRange(answered, 1, runs.Count);
        await AnsweredAsync(client);
    }

    [Fact]
    public async Task EveryNotificationReportedAsSentSurvivesAKilledBroker()
    {
        Notifier notifier = Notifier(Opened(Bus.Open(Host.TransportUrl + Durable)));
        List<int> sent = [];
        Task[] sending = [.. Enumerable.Range(0, 2000).Select(async number =>
        {
            await notifier.InfoAsync(MessageContext.Empty, "n", (JsonNode)number, Cancellation);
            lock (sent)
            {
                sent.Add(number);
            }
        })];
        await sending[0];
        await Server.KillAsync(Cancellation);
        await Server.StartAgainAsync(Cancellation);
        foreach (Task send in sending)
        {
            try
            {
                await send.WaitAsync(Limit, Cancellation);
            }
            catch (MessagingException)
            {
                // Not reported as sent.
            }
        }

        ConcurrentDictionary<int, bool> heard = new();
        TaskCompletionSource all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        NotificationEndpoint endpoint = new NotificationEndpoint().OnAny((notification, _) =>
        {
            heard[notification.ReadPayload().GetInt32()] = true;
            if (sent.TrueForAll(heard.ContainsKey))
            {
                all.TrySetResult();
            }

            return ValueTask.CompletedTask;
        });
        NotificationListener listener = Opened(new NotificationListener(
            Opened(Bus.Open(Host.TransportUrl + Durable)), [new Target { Topic = Topic }], [endpoint], new NotificationListenerOptions { MaxConcurrency = 1 }));
        await listener.StartAsync(Cancellation);
        await all.Task.WaitAsync(Limit, Cancellation);
        Assert.NotEmpty(sent);
    }

    private static bool DeclaresReplyQueue(Capture capture) =>
        capture.Method == "queue.declare" && ((string)capture.Arguments["queue"]!).StartsWith("reply_", StringComparison.Ordinal);

    private static async Task PingAsync(RpcClient client) =>
        Assert.Equal("pong", (await client.CallAsync(MessageContext.Empty, "ping", cancellationToken: Cancellation)).GetString());

    /// <summary>Calls until it is answered: a request that is on a dying connection is lost with it, and is not sent twice.</summary>
    private static async Task AnsweredAsync(RpcClient client)
    {
        RpcClient brief = client.Prepare(options: options => options with { Timeout = TimeSpan.FromSeconds(5) });
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await PingAsync(brief);
                return;
            }
            catch (MessagingException) when (attempt < 8)
            {
                // The next one goes out on the new connection.
            }
        }
    }

    private static Notifier Notifier(Transport transport) => new(transport, "recovery", new NotifierOptions { Topics = [Topic] });

    private static NotificationEndpoint Hearing(TaskCompletionSource<string> heard) => new NotificationEndpoint().OnAny((notification, _) =>
    {
        heard.TrySetResult(notification.EventType);
        return ValueTask.CompletedTask;
    });

    private async Task<(RpcClient Client, TwinbusServer Server)> StartAsync(string serverUrl, string? clientUrl = null)
    {
        TwinbusServer server = Opened(await TwinbusServer.StartAsync(Opened(Bus.Open(serverUrl)), Topic, "server", Cancellation));
        RpcClient client = new(
            Opened(Bus.Open(clientUrl ?? serverUrl)), new Target { Topic = Topic }, new RpcClientOptions { Timeout = TimeSpan.FromSeconds(40) });
        return (client, server);
    }

    private T Opened<T>(T disposable)
        where T : IAsyncDisposable
    {
        opened.Add(disposable);
        return disposable;
    }
}
