using System.Text.Json.Nodes;
using Twinbus.Messaging.Interop.Peers;
using Twinbus.Messaging.Interop.Wire;
using Twinbus.Testing;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.Interop.Malformed;

/// <summary>What real oslo.messaging does with what it cannot read: acknowledges it, rejects it, or neither.</summary>
[Trait("Needs", "Broker")]
[Trait("Needs", "Python")]
public sealed class MalformedCaptureTests(RabbitMqFixture broker, PythonPeerFixture python)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PythonStillTreatsMalformedRequestsAsTheGoldenFileSays() =>
        await CompareAsync("malformed-requests.json", MalformedMessage.Requests, "serve", "openstack", "malformed");

    [Fact]
    public async Task PythonStillTreatsMalformedNotificationsAsTheGoldenFileSays() =>
        await CompareAsync("malformed-notifications.json", MalformedMessage.Notifications, "listen", "openstack", "malformed.info");

    private async Task CompareAsync(string goldenFile, IReadOnlyList<MalformedMessage> messages, string command, string exchange, string routingKey)
    {
        RabbitMqVirtualHost host = await broker.CreateVirtualHostAsync(Cancellation);
        await using WireTap tap = new(host.Port);
        JsonObject arguments = new()
        {
            ["name"] = goldenFile, ["url"] = tap.Through(host).TransportUrl, ["topic"] = "malformed", ["topics"] = new JsonArray("malformed"), ["server"] = "s",
        };
        await python.Peer.DoAsync(command, arguments, Cancellation);
        IReadOnlyDictionary<string, string> dispositions = await Dispositions.OfAsync(messages, host, tap, exchange, routingKey, Cancellation);

        // It is not stopped: for a minute it would go on to look for the reply queue that is not there.
        string text = Dispositions.Write(dispositions);
        if (Environment.GetEnvironmentVariable("TWINBUS_CAPTURE_GOLDEN") == "1")
        {
            await File.WriteAllTextAsync(GoldenFile.PathOf(goldenFile), text, Cancellation);
        }

        GoldenFile.Matches(text, goldenFile);
    }
}
