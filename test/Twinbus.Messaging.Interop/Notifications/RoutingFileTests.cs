using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Twinbus.Messaging.Hosting;
using Twinbus.Messaging.Interop.Peers;
using Twinbus.Messaging.Notifications;
using Twinbus.Testing;
using Xunit;

namespace Twinbus.Messaging.Interop.Notifications;

/// <summary>One routing file, read by both: a notification goes to the same drivers.</summary>
[Trait("Needs", "Python")]
public sealed class RoutingFileTests(PythonPeerFixture python)
{
    private static readonly string[] Drivers = ["a", "b", "c", "d", "e", "f", "g"];

    private static readonly string[] Events =
        ["compute.instance.create.end", "compute", "COMPUTE.x", "network.port.create", "net[work]", "a.b", "x\ny", "123"];

    [Fact]
    public async Task BothSendTheSameNotificationsToTheSameDrivers()
    {
        using TemporaryDirectory directory = new();
        string path = directory.Write("routes.yaml", GoldenFile.Read("routes.yaml"));
        string[] priorities = [.. Enum.GetValues<NotificationPriority>().Select(priority => priority.QueueName())];

        JsonNode? theirs = await python.Peer.DoAsync(
            "route",
            new JsonObject
            {
                ["file"] = path,
                ["events"] = new JsonArray([.. Events.Select(name => (JsonNode)name)]),
                ["priorities"] = new JsonArray([.. priorities.Select(name => (JsonNode)name)]),
            },
            TestContext.Current.CancellationToken);

        Assert.Equal(theirs!.AsArray().Select(line => (string)line!), await OursAsync(path, priorities));
    }

    private static async Task<IReadOnlyList<string>> OursAsync(string path, string[] priorities)
    {
        var sent = Drivers.ToImmutableDictionary(name => name, _ => new TestNotificationDriver());
        Notifier notifier = new("p", [new RoutingNotificationDriver(
            sent.ToImmutableDictionary(driver => driver.Key, driver => (INotificationDriver)driver.Value), RoutingFile.Read(path))]);
        List<string> lines = [];
        foreach (string eventType in Events)
        {
            foreach (string priority in priorities)
            {
                foreach (TestNotificationDriver driver in sent.Values)
                {
                    driver.Clear();
                }

                await notifier.NotifyAsync(
                    MessageContext.Empty, Enum.Parse<NotificationPriority>(priority, ignoreCase: true), eventType, Payload.Null);
                IEnumerable<string> receivers = Drivers.SelectMany(name => sent[name].Sent.Select(_ => name));
                lines.Add($"{eventType} {priority}: {string.Join(' ', receivers)}");
            }
        }

        return lines;
    }
}
