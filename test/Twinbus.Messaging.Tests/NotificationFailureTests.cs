using System.Text.Json.Nodes;
using System.Threading.Channels;
using Twinbus.Messaging.Notifications;
using Xunit;

namespace Twinbus.Messaging.Tests;

/// <summary>What cannot be judged, such as a payload that a filter's serializer refuses, stops nobody.</summary>
public sealed class NotificationFailureTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Channel<string> heard = Channel.CreateUnbounded<string>();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ListenerHearsOnAfterItsFilterFailed(bool inBatches)
    {
        await using var transport = Transport.Create("fake://");
        var options = new NotificationListenerOptions
        {
            MaxConcurrency = 1,
            Serializer = new RefusingSerializer(),
            Batch = inBatches ? new NotificationBatchOptions(1, TimeSpan.FromSeconds(1)) : null,
        };
        await using var listener = new NotificationListener(transport, [new Target { Topic = "odd" }], [Endpoint(inBatches)], options);
        await listener.StartAsync();
        var notifier = new Notifier(transport, "p", new NotifierOptions { Topics = ["odd"] });

        await notifier.InfoAsync(MessageContext.Empty, "odd", new JsonObject { ["state"] = "refused" });
        await notifier.InfoAsync(MessageContext.Empty, "even", new JsonObject { ["state"] = "active" });

        Assert.Equal("even", await heard.Reader.ReadAsync().AsTask().WaitAsync(Patience));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task NotificationWhoseFilterFailedComesAgainWhenRequeueIsAllowed(bool inBatches)
    {
        await using var transport = Transport.Create("fake://");
        var options = new NotificationListenerOptions
        {
            AllowRequeue = true,
            Serializer = new RefusingSerializer { Once = true },
            Batch = inBatches ? new NotificationBatchOptions(1, TimeSpan.FromSeconds(1)) : null,
        };
        await using var listener = new NotificationListener(transport, [new Target { Topic = "again" }], [Endpoint(inBatches)], options);
        await listener.StartAsync();

        await new Notifier(transport, "p", new NotifierOptions { Topics = ["again"] })
            .InfoAsync(MessageContext.Empty, "again", new JsonObject { ["state"] = "refused" });

        Assert.Equal("again", await heard.Reader.ReadAsync().AsTask().WaitAsync(Patience));
    }

    // As Python writes a text that was no UTF-8 in the first place.
    [Fact]
    public async Task TextThatIsNoUnicodeIsMatchedWithAMarkInItsPlace()
    {
        await using var transport = Transport.Create("fake://");
        var filtered = new NotificationEndpoint { Filter = new NotificationFilter(payload: Rule("a.txt")) }
            .OnAny((_, _) => Hear("passed"));
        await using var listener = new NotificationListener(transport, [new Target { Topic = "surrogate" }], [filtered]);
        await listener.StartAsync();

        await new Notifier(transport, "p", new NotifierOptions { Topics = ["surrogate"] })
            .InfoAsync(MessageContext.Empty, "heard", Payload.FromUtf8("""{"state":"a\udcfftxt"}"""u8.ToArray()));

        Assert.Equal("passed", await heard.Reader.ReadAsync().AsTask().WaitAsync(Patience));
    }

    [Fact]
    public async Task TroubleWithOneTopicDoesNotKeepTheNotificationFromTheOthers()
    {
        await using var transport = Transport.Create("fake://");
        await using var listener = new NotificationListener(
            transport, [new Target { Topic = "second" }], [new NotificationEndpoint().OnAny((notification, _) => Hear(notification.EventType))]);
        await listener.StartAsync();
        var notifier = new Notifier(
            transport, "p", new NotifierOptions { Topics = ["first", "second"], Serializer = new RefusingSerializer { Once = true } });

        await Assert.ThrowsAsync<FormatException>(
            () => notifier.InfoAsync(MessageContext.Empty, "e", new JsonObject { ["state"] = "refused" }).AsTask());

        Assert.Equal("e", await heard.Reader.ReadAsync().AsTask().WaitAsync(Patience));
    }

    private NotificationEndpoint Endpoint(bool inBatches)
    {
        var endpoint = new NotificationEndpoint { Filter = new NotificationFilter(payload: Rule("active|refused")) };
        return inBatches
            ? endpoint.OnBatch(NotificationPriority.Info, async (batch, _) =>
            {
                await Hear(batch[0].EventType);
                return NotificationResult.Handled;
            })
            : endpoint.OnAny((notification, _) => Hear(notification.EventType));
    }

    private static Dictionary<string, string> Rule(string pattern) => new() { ["state"] = pattern };

    private ValueTask Hear(string what)
    {
        heard.Writer.TryWrite(what);
        return ValueTask.CompletedTask;
    }

    private sealed class RefusingSerializer : MessageSerializer
    {
        private int refusals;

        public bool Once { get; init; }

        public override JsonNode? SerializeEntity(MessageContext context, JsonNode? entity) => Change(entity);

        public override JsonNode? DeserializeEntity(MessageContext context, JsonNode? entity) => Change(entity);

        private JsonNode? Change(JsonNode? entity) =>
            (string?)entity?["state"] == "refused" && (Interlocked.Increment(ref refusals) == 1 || !Once)
                ? throw new FormatException("refused")
                : entity;
    }
}
