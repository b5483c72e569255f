using System.Text.Json.Nodes;
using System.Threading.Channels;
using Twinbus.Messaging.Interop.Peers;
using Twinbus.Messaging.Interop.Wire;
using Twinbus.Testing;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.Interop;

/// <summary>
/// What real oslo.messaging says on the wire is what the golden files hold. They are never edited by hand:
/// <c>test/Twinbus.Messaging.Interop/capture</c> lets Python write them anew.
/// </summary>
[Trait("Needs", "Broker")]
[Trait("Needs", "Python")]
public sealed class GoldenCaptureTests(RabbitMqFixture broker, PythonPeerFixture python)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Conversations => [.. Conversation.All.Select(conversation => conversation.Name)];

    [Theory]
    [MemberData(nameof(Conversations))]
    public async Task PythonStillSaysWhatTheGoldenFilesHold(string name)
    {
        Conversation conversation = Conversation.All.Single(candidate => candidate.Name == name);
        (IReadOnlyList<Capture> client, IReadOnlyList<Capture> server) = await HoldAsync(conversation);
        if (Environment.GetEnvironmentVariable("TWINBUS_CAPTURE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(GoldenFile.PathOf(""));
            await File.WriteAllTextAsync(GoldenFile.PathOf($"{name}.client.json"), Transcript.Write(client), Cancellation);
            await File.WriteAllTextAsync(GoldenFile.PathOf($"{name}.server.json"), Transcript.Write(server), Cancellation);
        }

        AssertSame($"{name}.client.json", client);
        AssertSame($"{name}.server.json", server);
    }

    private static void AssertSame(string goldenFile, IReadOnlyList<Capture> captures)
    {
        IReadOnlyList<Capture> golden = Transcript.Read(GoldenFile.Read(goldenFile));
        Assert.Equal(Said(golden), Said(captures));
    }

    // Connections come up beside each other, so the order between them is nobody's promise.
    private static IEnumerable<string> Said(IEnumerable<Capture> captures) =>
        Transcript.Normalize(captures.Where(capture => !capture.Method.StartsWith("connection.", StringComparison.Ordinal)))
            .Order(StringComparer.Ordinal);

    private async Task<(IReadOnlyList<Capture> Client, IReadOnlyList<Capture> Server)> HoldAsync(Conversation conversation)
    {
        RabbitMqVirtualHost host = await broker.CreateVirtualHostAsync(Cancellation);
        await using WireTap clientTap = new(host.Port);
        await using WireTap serverTap = new(host.Port);
        PythonPeer peer = python.Peer;
        ChannelReader<JsonObject> received = peer.Events(message =>
            (string?)message["listener"] == conversation.Name || (string?)message["event"] == "recorded");

        await peer.DoAsync(
            conversation.IsRpc ? "serve" : "listen",
            conversation.ServerArguments(serverTap.Through(host).TransportUrl + conversation.Options, "golden-topic"),
            Cancellation);
        Task<JsonNode?> said = peer.DoAsync(
            conversation.Client, conversation.ClientArguments(clientTap.Through(host).TransportUrl + conversation.Options, "golden-topic"), Cancellation);
        if (conversation.Fails)
        {
            await Assert.ThrowsAsync<PythonException>(() => said);
        }
        else
        {
            await said;
        }

        if (conversation.Client != "call")
        {
            await received.ReadAsync(Cancellation);
        }

        await peer.DoAsync("stop", new JsonObject { ["name"] = conversation.Name }, Cancellation);
        return (clientTap.Captures, serverTap.Captures);
    }
}
