using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using Twinbus.Messaging.Notifications;
using Xunit;

namespace Twinbus.Messaging.Tests;

/// <summary>Each rule of a filter by itself, as Python's <c>re.match</c> takes it: from the start, not to the end.</summary>
public sealed class NotificationFilterTests
{
    private static readonly FakeTimeProvider Time = new(DateTimeOffset.Parse("2026-11-22T15:17:06.425583Z"));

    public static TheoryData<string, string, bool> Rules => new()
    {
        { "publisher_id", "compute\\.", true },
        { "publisher_id", "host1", false },
        { "publisher_id", "network|compute", true },
        { "event_type", "compute\\.instance\\.create", true },
        { "event_type", "instance", false },
        { "event_type", "COMPUTE", false },
        { "context:user", "u[0-9]$", true },
        { "context:user", "v", false },
        { "context:absent", ".*", false },
        { "metadata:timestamp", "2026-11-22 15:", true },
        { "metadata:timestamp", "2025", false },
        { "metadata:message_id", "[0-9a-f]{8}-", true },
        { "metadata:message_id", "x", false },
        { "metadata:absent", ".*", false },
        { "payload:state", "active", true },
        { "payload:state", "error", false },
        { "payload:size", "7", false },
        { "payload:absent", ".*", false },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task RulePassesWhatItMatchesFromTheStart(string rule, string pattern, bool passes)
    {
        string[] parts = rule.Split(':');
        var named = parts.Length == 2 ? new Dictionary<string, string> { [parts[1]] = pattern } : null;
        var filter = new NotificationFilter(
            publisherId: parts[0] == "publisher_id" ? pattern : null,
            eventType: parts[0] == "event_type" ? pattern : null,
            context: parts[0] == "context" ? named : null,
            metadata: parts[0] == "metadata" ? named : null,
            payload: parts[0] == "payload" ? named : null);
        await using var transport = Transport.Create("fake://", new TransportOptions { TimeProvider = Time });
        var heard = Channel.CreateUnbounded<string>();

        // In order, one at a time: when the one without a filter has heard it, the one before has had its turn.
        NotificationEndpoint[] endpoints =
        [
            new NotificationEndpoint { Filter = filter }.On(NotificationPriority.Info, (_, _) => Hear("passed")),
            new NotificationEndpoint().On(NotificationPriority.Info, (_, _) => Hear("end")),
        ];
        await using var listener = new NotificationListener(transport, [new Target { Topic = "filtered" }], [.. endpoints]);
        await listener.StartAsync();

        await new Notifier(transport, "compute.host1", new NotifierOptions { Topics = ["filtered"] }).InfoAsync(
            MessageContext.Empty.With("user", "u1"), "compute.instance.create", new JsonObject { ["state"] = "active", ["size"] = 7 });

        Assert.Equal(passes ? "passed" : "end", await heard.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10)));

        ValueTask<NotificationResult> Hear(string what)
        {
            heard.Writer.TryWrite(what);
            return ValueTask.FromResult(NotificationResult.Handled);
        }
    }
}
