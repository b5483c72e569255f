using System.Net;
using System.Net.Sockets;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Testing.Tests;

[Trait("Needs", "Broker")]
public sealed class RabbitMqServerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ServerComesUpIsKilledComesBackAndLeavesNothing()
    {
        RabbitMqServer server = await RabbitMqServer.StartAsync(Cancellation);
        RabbitMqVirtualHost host;
        int firstProcess = server.ProcessId;
        await using (server)
        {
            host = await server.CreateVirtualHostAsync(Cancellation);
            Assert.True(Accepts(server.AmqpPort));

            await server.KillAsync(Cancellation);
            Assert.False(Accepts(server.AmqpPort));

            await server.StartAgainAsync(Cancellation);
            Assert.NotEqual(firstProcess, server.ProcessId);
            Assert.Contains(host.Name, (await server.Administration.GetAsync("vhosts", Cancellation))!.ToJsonString());

            await server.BlockPublishersAsync(Cancellation);
            Assert.Contains("memory", await server.ControlAsync(["eval", "rabbit_alarm:get_alarms()."], Cancellation));
            await server.UnblockPublishersAsync(Cancellation);
            Assert.DoesNotContain("memory", await server.ControlAsync(["eval", "rabbit_alarm:get_alarms()."], Cancellation));

            await server.RestartAsync(Cancellation);
            Assert.Empty(await server.Administration.QueuesAsync(host.Name, Cancellation));
        }

        Assert.False(Accepts(server.AmqpPort));
        Assert.False(File.Exists(server.LogFile));
        Assert.False(Directory.Exists($"/proc/{firstProcess}"));
    }

    private static bool Accepts(int port)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
