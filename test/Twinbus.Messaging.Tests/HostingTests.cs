using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Twinbus.Messaging.Hosting;
using Twinbus.Messaging.Notifications;
using Twinbus.Messaging.Rpc;
using Xunit;

namespace Twinbus.Messaging.Tests;

public sealed class HostingTests
{
    [Fact]
    public async Task ServersAndListenersRunAsLongAsTheHost()
    {
        var heard = new TaskCompletionSource<string>();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services
            .AddMessagingTransport("rpc", _ => TransportUrl.Parse("fake://"))
            .AddMessagingTransport("notify", _ => TransportUrl.Parse("fake://"))
            .AddRpcClient("time", "rpc", new Target { Topic = "time" })
            .AddRpcServer("rpc", new Target { Topic = "time", Server = "a" }, _ =>
                [new RpcEndpoint().Map("ping", (_, _) => ValueTask.FromResult<Payload>(JsonValue.Create("pong")))])
            .AddNotifier("notify", "time.a")
            .AddNotificationListener("notify", [new Target { Topic = "notifications" }], _ =>
                [new NotificationEndpoint().OnAny((notification, _) =>
                {
                    heard.TrySetResult(notification.EventType);
                    return ValueTask.CompletedTask;
                })]);
        using IHost host = builder.Build();
        await host.StartAsync();

        RpcClient client = host.Services.GetRequiredKeyedService<RpcClient>("time");
        Assert.Equal("pong", (await client.CallAsync(MessageContext.Empty, "ping")).GetString());
        await host.Services.GetRequiredService<Notifier>().InfoAsync(MessageContext.Empty, "ticked", Payload.Null);
        Assert.Equal("ticked", await heard.Task.WaitAsync(TimeSpan.FromSeconds(10)));

        await host.StopAsync();
        RpcClient quick = client.Prepare(options: options => options with { Timeout = TimeSpan.FromMilliseconds(100) });
        await Assert.ThrowsAsync<MessagingTimeoutException>(() => quick.CallAsync(MessageContext.Empty, "ping").AsTask());
    }
}
