using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Hosting;
using Twinbus.Messaging.Notifications;
using Twinbus.Messaging.Rpc;
using Xunit;

namespace Twinbus.Messaging.Tests;

/// <summary>How a host starts, and how it ends when nobody stopped it.</summary>
public sealed class HostingStartTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task ABrokerThatIsAwayDoesNotHoldUpTheHostsStart()
    {
        var bus = new LateDriver();
        using IHost host = Build(services => AddBoth(services, bus));

        await host.StartAsync(TestContext.Current.CancellationToken).WaitAsync(Long, TestContext.Current.CancellationToken);
        Assert.Equal(0, bus.Listening);
        bus.Arrive();
        await bus.BothListen.WaitAsync(Long, TestContext.Current.CancellationToken);
        await host.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, bus.Listening);
    }

    [Fact]
    public async Task AHostThatIsStoppedBeforeTheBrokerCameStops()
    {
        var bus = new LateDriver();
        using IHost host = Build(services => AddBoth(services, bus));
        await host.StartAsync(TestContext.Current.CancellationToken).WaitAsync(Long, TestContext.Current.CancellationToken);

        await host.StopAsync(TestContext.Current.CancellationToken).WaitAsync(Long, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task AHostThatIsToWaitWaits()
    {
        var bus = new LateDriver();
        using IHost host = Build(services => AddBoth(services, bus, HostedStart.WaitForConnection));

        Task starting = host.StartAsync(TestContext.Current.CancellationToken);
        Assert.False(starting.IsCompleted);
        bus.Arrive();
        await starting.WaitAsync(Long, TestContext.Current.CancellationToken);
        Assert.Equal(2, bus.Listening);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AContainerDisposedWithoutAStopEndsWhatRuns(bool theOldWay)
    {
        var running = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        var services = new ServiceCollection();
        services.AddMessagingTransport("rpc", _ => TransportUrl.Parse("fake://"))
            .AddRpcClient("client", "rpc", new Target { Topic = "time" })
            .AddRpcServer(
                "rpc",
                new Target { Topic = "time", Server = "a" },
                _ =>
                [
                    new RpcEndpoint().Map("wait", async (_, token) =>
                    {
                        running.SetResult();
                        try
                        {
                            await Task.Delay(Timeout.Infinite, token);
                        }
                        finally
                        {
                            ended.SetResult();
                        }

                        return Payload.Null;
                    }),
                ],
                new RpcServerOptions { StopTimeout = TimeSpan.FromMilliseconds(50) });
        ServiceProvider provider = services.BuildServiceProvider();
        foreach (IHostedService hosted in provider.GetServices<IHostedService>())
        {
            await hosted.StartAsync(TestContext.Current.CancellationToken);
        }

        await provider.GetRequiredKeyedService<RpcClient>("client").CastAsync(MessageContext.Empty, "wait", cancellationToken: TestContext.Current.CancellationToken);
        await running.Task.WaitAsync(Long, TestContext.Current.CancellationToken);

        if (theOldWay)
        {
            provider.Dispose();
        }
        else
        {
            await provider.DisposeAsync();
        }

        await ended.Task.WaitAsync(Long, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task WhatIsWrongIsToldAtTheStartAllAtOnce()
    {
        using IHost host = Build(services => services
            .AddMessagingTransport("rpc", _ => TransportUrl.Parse("fake://"))
            .AddMessagingTransport("notify", _ => TransportUrl.Parse("fake:///?no_such=1"))
            .AddRpcClient("lame", "rpc", new Target())
            .AddRpcClient("hasty", "rpc", new Target { Topic = "t" }, new RpcClientOptions { Timeout = TimeSpan.FromSeconds(-5) })
            .AddRpcServer("rpc", new Target { Topic = "t" }, _ => [new RpcEndpoint().Map("m", (_, _) => ValueTask.FromResult(Payload.Null))]));

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.Contains("no_such", error.Message, StringComparison.Ordinal);
        Assert.Contains("A topic is required", error.Message, StringComparison.Ordinal);
        Assert.Contains("Timeout", error.Message, StringComparison.Ordinal);
        Assert.Contains("both topic and server", error.Message, StringComparison.Ordinal);
    }

    private static IHost Build(Action<IServiceCollection> add)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        add(builder.Services);
        return builder.Build();
    }

    private static void AddBoth(IServiceCollection services, LateDriver bus, HostedStart start = HostedStart.InBackground) => services
        .AddMessagingTransport("bus", _ => TransportUrl.Parse("late://"), options => options with { Drivers = DriverRegistry.Of(bus) })
        .AddRpcServer("bus", new Target { Topic = "t", Server = "a" }, _ => [new RpcEndpoint().Map("m", (_, _) => ValueTask.FromResult(Payload.Null))], start: start)
        .AddNotificationListener(
            "bus", [new Target { Topic = "n" }], _ => [new NotificationEndpoint().OnAny((_, _) => ValueTask.CompletedTask)], start: start);

    /// <summary>A bus that comes when it is told to.</summary>
    private sealed class LateDriver : IMessagingDriver, IMessagingConnection
    {
        private readonly TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource both = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int listening;

        public int Listening => Volatile.Read(ref listening);

        public Task BothListen => both.Task;

        public ImmutableArray<string> Schemes => ["late"];

        public DriverCapabilities Capabilities { get; } = new(Rpc: true, Notifications: true, StoresNotifications: true, Requeues: true);

        public void Arrive() => arrived.SetResult();

        public IMessagingConnection Open(TransportUrl url, DriverContext context) => this;

        public async ValueTask ConnectAsync(CancellationToken cancellationToken) => await arrived.Task.WaitAsync(cancellationToken);

        public ValueTask<IncomingReply> CallAsync(OutgoingRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask CastAsync(OutgoingRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask NotifyAsync(OutgoingNotification notification, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<IMessageListener> ListenAsync(
            Target target, Func<IncomingRequest, CancellationToken, ValueTask> receive, CancellationToken cancellationToken) => ListenAsync(cancellationToken);

        public ValueTask<IMessageListener> SubscribeAsync(
            NotificationSubscription subscription,
            Func<IncomingNotification, CancellationToken, ValueTask> receive,
            CancellationToken cancellationToken) => ListenAsync(cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private async ValueTask<IMessageListener> ListenAsync(CancellationToken cancellationToken)
        {
            await arrived.Task.WaitAsync(cancellationToken);
            if (Interlocked.Increment(ref listening) == 2)
            {
                both.SetResult();
            }

            return new Listener(this);
        }

        private sealed class Listener(LateDriver bus) : IMessageListener
        {
            public ValueTask StopAsync(CancellationToken cancellationToken)
            {
                Interlocked.Decrement(ref bus.listening);
                return ValueTask.CompletedTask;
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
