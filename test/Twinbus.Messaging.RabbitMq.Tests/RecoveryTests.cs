using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using RabbitMQ.Client.Events;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Notifications;
using Twinbus.Messaging.Rpc;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.RabbitMq.Tests;

/// <summary>A broker that these tests alone may stop, block and cut off.</summary>
public sealed class OwnBroker : IAsyncLifetime
{
    public RabbitMqServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await RabbitMqServer.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

[Trait("Needs", "Broker")]
public sealed class RecoveryTests(OwnBroker broker) : IClassFixture<OwnBroker>, IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> left = new();

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly DriverRegistry Drivers = DriverRegistry.Of(new RabbitMqDriver(new RabbitMqOptions
    {
        Connection = new RabbitConnectionOptions
        {
            RetryInterval = TimeSpan.FromSeconds(0.2),
            RetryBackoff = TimeSpan.FromSeconds(0.2),
            RetryIntervalMax = TimeSpan.FromSeconds(1),
            ReconnectDelay = TimeSpan.FromSeconds(0.2),
        },
    }));

    private static CancellationToken Timeout => new CancellationTokenSource(Patience).Token;

    public async ValueTask DisposeAsync()
    {
        while (left.TryPop(out IAsyncDisposable? used))
        {
            await used.DisposeAsync();
        }
    }

    [Fact]
    public async Task CallsAreAnsweredAgainAfterABrokerRestart()
    {
        await using Conversation conversation = await TalkAsync();
        await conversation.CallAsync(1);

        await broker.Server.RestartAsync(Timeout);

        await conversation.CallUntilAnsweredAsync(2);
        await conversation.CallAsync(3);
    }

    [Fact]
    public async Task CallsAreAnsweredAgainAfterTheConnectionsWereClosed()
    {
        await using Conversation conversation = await TalkAsync();
        await conversation.CallAsync(1);

        await broker.Server.Administration.CloseConnectionsOfAsync(conversation.Host.User, Timeout);

        await conversation.CallUntilAnsweredAsync(2);
    }

    [Theory]
    [InlineData("topic")]
    [InlineData("reply_")]
    public async Task CallsAreAnsweredAgainAfterAQueueWasDeleted(string prefix)
    {
        await using Conversation conversation = await TalkAsync();
        await conversation.CallAsync(1);

        IReadOnlyList<string> queues = await broker.Server.Administration.QueuesAsync(conversation.Host.Name, Timeout);
        foreach (string queue in queues.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            await broker.Server.Administration.DeleteQueueAsync(conversation.Host.Name, queue, Timeout);
        }

        await conversation.CallUntilAnsweredAsync(2);
    }

    [Fact]
    public async Task ReplyReachesACallThatWasCutOffMeanwhile()
    {
        await using Conversation conversation = await TalkAsync();
        await conversation.CallAsync(1);

        ValueTask<JsonElement> call = conversation.Client.CallAsync(MessageContext.Empty, "wait", null, Timeout);
        await conversation.Waiting.Reader.ReadAsync(Timeout);
        await broker.Server.Administration.CloseConnectionsOfAsync(conversation.Host.User, Timeout);
        conversation.Release.Writer.TryWrite(true);

        Assert.Equal("waited", (await call).GetString());
    }

    [Fact]
    public async Task BlockedPublishersWaitAndThenSend()
    {
        await using Conversation conversation = await TalkAsync();
        await conversation.CallAsync(1);

        await broker.Server.BlockPublishersAsync(Timeout);
        Task<int> call;
        try
        {
            call = conversation.CallAsync(2);
            await Assert.ThrowsAsync<TimeoutException>(() => call.WaitAsync(TimeSpan.FromSeconds(1)));
        }
        finally
        {
            await broker.Server.UnblockPublishersAsync(Timeout);
        }

        Assert.Equal(2, await call);
    }

    [Fact]
    public async Task CallThatIsCancelledWhileItWaitsIsNeverSent()
    {
        RabbitMqVirtualHost host = await broker.Server.CreateVirtualHostAsync(Timeout);
        using var log = new LogMemory();
        await using var transport = Transport.Create(host.TransportUrl, new TransportOptions { Drivers = Drivers, LoggerFactory = log });
        await using Transport serving = Open(host);
        var ran = Channel.CreateUnbounded<string>();
        var endpoint = new RpcEndpoint()
            .Map("first", (_, _) => Ran("first")).Map("cancelled", (_, _) => Ran("cancelled")).Map("last", (_, _) => Ran("last"));
        await using var server = new RpcServer(serving, new Target { Topic = "waits", Server = "s" }, [endpoint]);
        await server.StartAsync(Timeout);
        var client = new RpcClient(transport, new Target { Topic = "waits" });
        await client.CallAsync(MessageContext.Empty, "first", null, Timeout);
        Assert.Equal("first", await ran.Reader.ReadAsync(Timeout));

        await broker.Server.BlockPublishersAsync(Timeout);
        Task cancelled;
        Task last;
        try
        {
            // The broker says that it is blocked to those who send, and to nobody else.
            Task first = client.CastAsync(MessageContext.Empty, "first", null, Timeout).AsTask();
            await log.NextAsync(2011, Timeout);
            using var cancel = new CancellationTokenSource();
            cancelled = client.CallAsync(MessageContext.Empty, "cancelled", null, cancel.Token).AsTask();
            last = client.CallAsync(MessageContext.Empty, "last", null, Timeout).AsTask();
            await cancel.CancelAsync();
        }
        finally
        {
            await broker.Server.UnblockPublishersAsync(Timeout);
        }

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        await last;
        Assert.Equal("first", await ran.Reader.ReadAsync(Timeout));
        Assert.Equal("last", await ran.Reader.ReadAsync(Timeout));

        ValueTask<Payload> Ran(string what)
        {
            ran.Writer.TryWrite(what);
            return ValueTask.FromResult(Payload.Null);
        }
    }

    [Fact]
    public async Task WhatWaitsForTheBusToStartCanBeStopped()
    {
        await using var transport = Transport.Create("rabbit://u:p@127.0.0.1:1/", new TransportOptions { Drivers = Drivers });
        var server = new RpcServer(transport, new Target { Topic = "t", Server = "s" }, []);
        var listener = new NotificationListener(
            transport, [new Target { Topic = "t" }], [new NotificationEndpoint().OnAny((_, _) => ValueTask.CompletedTask)]);
        Task[] starting = [server.StartAsync().AsTask(), listener.StartAsync().AsTask()];

        await server.DisposeAsync().AsTask().WaitAsync(Timeout);
        await listener.DisposeAsync().AsTask().WaitAsync(Timeout);

        foreach (Task start in starting)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start);
        }
    }

    [Fact]
    public async Task ServerWhoseTransportIsGoneTriesNoMore()
    {
        RabbitMqVirtualHost host = await broker.Server.CreateVirtualHostAsync(Timeout);
        using var log = new LogMemory();
        var transport = Transport.Create(host.TransportUrl, new TransportOptions { Drivers = Drivers, LoggerFactory = log });
        var server = new RpcServer(transport, new Target { Topic = "t", Server = "s" }, []);
        await server.StartAsync(Timeout);

        await transport.DisposeAsync();

        Assert.Contains("t.s", await log.NextAsync(2034, Timeout), StringComparison.Ordinal);
        await server.DisposeAsync();
    }

    [Fact]
    public async Task NotificationsReachTheListenerAfterABrokerRestart()
    {
        RabbitMqVirtualHost host = await broker.Server.CreateVirtualHostAsync(Timeout);
        await using Transport transport = Open(host);
        var heard = Channel.CreateUnbounded<string>();
        var endpoint = new NotificationEndpoint().OnAny((notification, _) =>
        {
            heard.Writer.TryWrite(notification.EventType);
            return ValueTask.CompletedTask;
        });
        await using var listener = new NotificationListener(transport, [new Target { Topic = "n" }], [endpoint]);
        await listener.StartAsync(Timeout);
        var notifier = new Notifier(transport, "p", new NotifierOptions { Topics = ["n"] });
        await notifier.InfoAsync(MessageContext.Empty, "before", Payload.Null, Timeout);
        Assert.Equal("before", await heard.Reader.ReadAsync(Timeout));

        await broker.Server.RestartAsync(Timeout);
        await notifier.InfoAsync(MessageContext.Empty, "after", Payload.Null, Timeout);

        Assert.Equal("after", await heard.Reader.ReadAsync(Timeout));
    }

    [Fact]
    public async Task NotificationWithoutRetryFailsWhileTheBrokerIsAway()
    {
        await using var transport = Transport.Create("rabbit://u:p@127.0.0.1:1/", new TransportOptions { Drivers = Drivers });
        var notifier = new Notifier(transport, "p", new NotifierOptions { Retry = 0 });

        MessagingException error = await Assert.ThrowsAnyAsync<MessagingException>(
            () => notifier.InfoAsync(MessageContext.Empty, "e", Payload.Null, Timeout).AsTask());

        Assert.Equal(MessagingErrorReason.ConnectionRefused, error.Reason);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task ReplyIsGivenUpWhenItsAttemptsAreUsed(int attempts)
    {
        using var log = new LogMemory();
        (RabbitMqVirtualHost host, Channel<bool> release) = await BreakOffACallAsync(
            new TransportOptions { LoggerFactory = log }, $"?rpc_reply_retry_attempts={attempts}");

        release.Writer.TryWrite(true);
        string lost = await log.NextAsync(2063, Timeout);
        await broker.Server.StartAgainAsync(Timeout);

        Assert.Contains("reply_kept", lost, StringComparison.Ordinal);
        await using RawClient raw = await RawClient.ConnectAsync(host);
        Assert.Equal(0u, await raw.Channel.MessageCountAsync("reply_kept"));
    }

    [Fact]
    public async Task ReplyWithoutALimitOfAttemptsArrivesWhenTheBrokerIsBack()
    {
        using var log = new LogMemory();
        (RabbitMqVirtualHost host, Channel<bool> release) = await BreakOffACallAsync(new TransportOptions { LoggerFactory = log });

        release.Writer.TryWrite(true);
        for (int failed = 0; failed < 5; failed++)
        {
            await log.NextAsync(2002, Timeout);
        }

        await broker.Server.StartAgainAsync(Timeout);

        await using RawClient raw = await RawClient.ConnectAsync(host);
        Channel<BasicDeliverEventArgs> arrived = await raw.ConsumeAsync("reply_kept");
        Assert.Contains("waited", Encoding.UTF8.GetString((await arrived.Reader.ReadAsync(Timeout)).Body.Span), StringComparison.Ordinal);
    }

    private static Transport Open(RabbitMqVirtualHost host) =>
        Transport.Create(host.TransportUrl, new TransportOptions { Drivers = Drivers });

    /// <summary>A server in the middle of a method, whose caller's queue outlives the broker, which is away.</summary>
    private async Task<(RabbitMqVirtualHost Host, Channel<bool> Release)> BreakOffACallAsync(TransportOptions options, string query = "")
    {
        RabbitMqVirtualHost host = await broker.Server.CreateVirtualHostAsync(Timeout);
        var transport = Transport.Create(host.TransportUrl + query, options with { Drivers = Drivers });
        left.Push(transport);
        var started = new TaskCompletionSource();
        var release = Channel.CreateUnbounded<bool>();
        var endpoint = new RpcEndpoint().Map("wait", async (_, cancellationToken) =>
        {
            started.TrySetResult();
            await release.Reader.ReadAsync(cancellationToken);
            return JsonValue.Create("waited");
        });
        var server = new RpcServer(transport, new Target { Topic = "kept", Server = "s" }, [endpoint]);
        left.Push(server);
        await server.StartAsync(Timeout);
        await using (RawClient raw = await RawClient.ConnectAsync(host))
        {
            await raw.Channel.QueueDeclareAsync("reply_kept", durable: true, exclusive: false, autoDelete: false);
            await raw.CallAsync("kept", "wait", "reply_kept");
            await started.Task.WaitAsync(Timeout);
        }

        // The server's sender is connected only when it has something to say: it finds nobody.
        await broker.Server.StopAsync(Timeout);
        return (host, release);
    }

    private async Task<Conversation> TalkAsync()
    {
        RabbitMqVirtualHost host = await broker.Server.CreateVirtualHostAsync(Timeout);
        var conversation = new Conversation(host, Open(host), Open(host));
        await conversation.Server.StartAsync(Timeout);
        return conversation;
    }

    /// <summary>A client and a server with a transport each, as two processes would have.</summary>
    private sealed class Conversation : IAsyncDisposable
    {
        private readonly Transport clientTransport;
        private readonly Transport serverTransport;

        public Conversation(RabbitMqVirtualHost host, Transport clientTransport, Transport serverTransport)
        {
            Host = host;
            this.clientTransport = clientTransport;
            this.serverTransport = serverTransport;
            Client = new RpcClient(clientTransport, new Target { Topic = "topic" }, new RpcClientOptions { Timeout = Patience });
            var endpoint = new RpcEndpoint()
                .Map("echo", (request, _) => ValueTask.FromResult<Payload>(request.ReadArguments()))
                .Map("wait", async (_, cancellationToken) =>
                {
                    Waiting.Writer.TryWrite(true);
                    await Release.Reader.ReadAsync(cancellationToken);
                    return JsonValue.Create("waited");
                });
            Server = new RpcServer(serverTransport, new Target { Topic = "topic", Server = "s" }, [endpoint]);
        }

        public RabbitMqVirtualHost Host { get; }

        public RpcClient Client { get; }

        public RpcServer Server { get; }

        public Channel<bool> Waiting { get; } = Channel.CreateUnbounded<bool>();

        public Channel<bool> Release { get; } = Channel.CreateUnbounded<bool>();

        public Task<int> CallAsync(int n) => CallAsync(n, Patience);

        /// <summary>
        /// Calls until one is answered: what was under way in the moment of the fault may be lost, as it is never sent twice.
        /// </summary>
        public async Task CallUntilAnsweredAsync(int n)
        {
            for (int attempt = 0; ; attempt++)
            {
                try
                {
                    Assert.Equal(n, await CallAsync(n, TimeSpan.FromSeconds(10)));
                    return;
                }
                catch (MessagingException error) when (attempt < 4 && error.IsTransient)
                {
                    // The next one.
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            await clientTransport.DisposeAsync();
            await serverTransport.DisposeAsync();
        }

        private async Task<int> CallAsync(int n, TimeSpan timeout)
        {
            JsonElement result = await Client.Prepare(options: options => options with { Timeout = timeout })
                .CallAsync(MessageContext.Empty, "echo", new JsonObject { ["n"] = n }, RecoveryTests.Timeout);
            return result.GetProperty("n").GetInt32();
        }
    }
}
