using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Twinbus.Messaging.Interop.Peers;
using Twinbus.Messaging.Notifications;
using Twinbus.Messaging.Rpc;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.Interop.Rpc;

/// <summary>Python's peers overlook the trace that goes along with a message.</summary>
public sealed class TracedTrafficTests(RabbitMqFixture broker, PythonPeerFixture python) : InteropTest(broker, python)
{
    [Fact]
    public async Task PythonAnswersATracedCall()
    {
        await StartPythonAsync("serve", []);
        using Activity outer = new Activity("outer").SetIdFormat(ActivityIdFormat.W3C).Start();
        outer.TraceStateString = "vendor=1";

        JsonElement answer = await new RpcClient(Transport, new Target { Topic = Topic })
            .CallAsync(MessageContext.Empty, "echo", new JsonObject { ["a"] = 1 }, Cancellation);

        Assert.Equal(1, answer.GetProperty("a").GetInt32());
    }

    [Fact]
    public async Task PythonHearsATracedNotification()
    {
        string listener = await StartPythonAsync("listen", []);
        ChannelReader<JsonObject> heard = Peer.Events(message => (string?)message["listener"] == listener);
        using Activity outer = new Activity("outer").SetIdFormat(ActivityIdFormat.W3C).Start();

        await new Notifier(Transport, "p", new NotifierOptions { Topics = [Topic] }).InfoAsync(MessageContext.Empty, "e", (JsonNode)1, Cancellation);

        Assert.Equal(1, (int)(await heard.ReadAsync(Cancellation))["payload"]!);
    }
}
