using Twinbus.Messaging.Notifications;
using Twinbus.Messaging.Rpc;

namespace Twinbus.Messaging.Benchmarks;

/// <summary>A client and a server, a notifier and a listener on one bus in memory: the library's own cost and nothing else.</summary>
internal sealed class InMemoryBus : IAsyncDisposable
{
    private readonly Transport transport = Transport.Create("fake://");
    private readonly RpcServer server;
    private readonly NotificationListener listener;
    private readonly RpcClient client;
    private readonly Notifier notifier;

    private InMemoryBus()
    {
        RpcEndpoint endpoint = new RpcEndpoint().Map(
            "echo", BenchmarkJson.Default.EchoArguments, BenchmarkJson.Default.String, (arguments, _, _) => ValueTask.FromResult(arguments.Data));
        server = new RpcServer(transport, new Target { Topic = "bench", Server = "bench" }, [endpoint]);
        client = new RpcClient(transport, new Target { Topic = "bench" });
        listener = new NotificationListener(
            transport, [new Target { Topic = "notifications" }], [new NotificationEndpoint().OnAny((_, _) => ValueTask.CompletedTask)]);
        notifier = new Notifier(transport, "bench");
    }

    public static async Task<InMemoryBus> OpenAsync()
    {
        InMemoryBus bus = new();
        await bus.server.StartAsync();
        await bus.listener.StartAsync();
        return bus;
    }

    public ValueTask<string?> CallAsync() => client.CallAsync(
        MessageContext.Empty, "echo", EchoArguments.Kibibyte, BenchmarkJson.Default.EchoArguments, BenchmarkJson.Default.String);

    public ValueTask NotifyAsync() => notifier.InfoAsync(
        MessageContext.Empty, "bench.sent", Payload.From(EchoArguments.Kibibyte, BenchmarkJson.Default.EchoArguments));

    public async ValueTask DisposeAsync()
    {
        await listener.DisposeAsync();
        await server.DisposeAsync();
        await transport.DisposeAsync();
    }
}
