using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using RabbitMQ.Client;
using Twinbus.Messaging.Interop.Peers;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.Interop.Malformed;

/// <summary>The original overlooks a header that says a plain body is compressed: the message is served.</summary>
public sealed class UntrueCompressionTests(RabbitMqFixture broker, PythonPeerFixture python) : InteropTest(broker, python)
{
    [Theory]
    [InlineData("application/x-gzip")]
    [InlineData("application/x-bz2")]
    [InlineData("application/x-lzma")]
    [InlineData("application/x-unknown")]
    public async Task PlainBodyIsServedByPython(string compression)
    {
        ChannelReader<JsonObject> recorded = Peer.Events(message => (string?)message["args"]?["mark"] == Host.Name);
        await StartPythonAsync("serve", []);
        await PublishAsync(compression);
        Assert.Equal(Host.Name, (string?)(await recorded.ReadAsync(Cancellation))["args"]!["mark"]);
    }

    [Theory]
    [InlineData("application/x-gzip")]
    [InlineData("application/x-bz2")]
    [InlineData("application/x-lzma")]
    [InlineData("application/x-unknown")]
    public async Task PlainBodyIsServedByTwinbus(string compression)
    {
        await using TwinbusServer server = await TwinbusServer.StartAsync(Transport, Topic, "s", Cancellation);
        await PublishAsync(compression);
        Assert.Equal(Host.Name, (string?)(await server.Recorded.ReadAsync(Cancellation))["args"]!["mark"]);
    }

    private async Task PublishAsync(string compression)
    {
        string request = new JsonObject { ["method"] = "record", ["args"] = new JsonObject { ["mark"] = Host.Name } }.ToJsonString();
        byte[] body = Encoding.UTF8.GetBytes(new JsonObject { ["oslo.version"] = "2.0", ["oslo.message"] = request }.ToJsonString());
        await using IConnection connection = await new ConnectionFactory { Uri = Host.AmqpUri }.CreateConnectionAsync(Cancellation);
        await using IChannel channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), Cancellation);
        await new MalformedMessage("untrue", body, Compression: compression).PublishAsync(channel, "openstack", Topic, Cancellation);
    }
}
