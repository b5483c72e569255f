using Twinbus.Messaging.Rpc;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.RabbitMq.Tests;

/// <summary>Queues that a service finds again after a restart, by their names.</summary>
[Trait("Needs", "Broker")]
public sealed class StableNamesTests(RabbitMqFixture broker) : IDisposable
{
    private readonly string process = $"test-{Guid.NewGuid():N}";

    private static CancellationToken Timeout => new CancellationTokenSource(TimeSpan.FromSeconds(120)).Token;

    private string Query => $"?use_queue_manager=true&hostname=here&processname={process}";

    public void Dispose() => File.Delete($"/dev/shm/here_{process}_qmanager");

    [Fact]
    public async Task NumbersAreTakenAtTheFirstCallAndAtEachListen()
    {
        RabbitMqVirtualHost host = await broker.CreateVirtualHostAsync(Timeout);
        await using (var transport = Transport.Create(
            host.TransportUrl + Query, new TransportOptions { Drivers = Drivers.DriverRegistry.Of(new RabbitMqDriver()) }))
        {
            await transport.ConnectAsync(Timeout);
            await using RpcServer one = await ServeAsync(transport, "one");
            var client = new RpcClient(transport, new Target { Topic = "one" });
            await client.CallAsync(MessageContext.Empty, "ping", null, Timeout);
            await client.CallAsync(MessageContext.Empty, "ping", null, Timeout);
            await using RpcServer two = await ServeAsync(transport, "two");
        }

        // They outlive the transport: that is what they are for.
        Assert.Equal([$"one_fanout_here:{process}:1", $"reply_here:{process}:2", $"two_fanout_here:{process}:3"], await OwnAsync(host));
    }

    [Fact]
    public async Task ProcessesOfOneNameShareTheNumbersAmongThem()
    {
        const int Processes = 4;
        RabbitMqVirtualHost host = await broker.CreateVirtualHostAsync(Timeout);

        await Task.WhenAll(Enumerable.Range(0, Processes).Select(
            _ => PeerProgram.RunAsync(PeerProgram.Built, host.TransportUrl + Query, Timeout)));

        // Each has taken one for its server's fanout and one for its replies.
        string[] own = await OwnAsync(host);
        Assert.Equal(Enumerable.Range(1, 2 * Processes), own.Select(name => int.Parse(name.Split(':')[^1])).Order());
        Assert.Equal(Processes, own.Count(name => name.StartsWith("reply_", StringComparison.Ordinal)));
    }

    private static async Task<RpcServer> ServeAsync(Transport transport, string topic)
    {
        var server = new RpcServer(
            transport, new Target { Topic = topic, Server = "s" }, [new RpcEndpoint().Map("ping", (_, _) => ValueTask.FromResult(Payload.Null))]);
        await server.StartAsync(Timeout);
        return server;
    }

    private async Task<string[]> OwnAsync(RabbitMqVirtualHost host)
    {
        RabbitMqServer server = await broker.ServerAsync();
        IReadOnlyList<string> all = await server.Administration.QueuesAsync(host.Name, Timeout);
        return [.. all.Where(name => name.Contains(process, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }
}
