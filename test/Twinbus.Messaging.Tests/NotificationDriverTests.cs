using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Twinbus.Messaging.Notifications;
using Xunit;

namespace Twinbus.Messaging.Tests;

public sealed class NotificationDriverTests
{
    [Theory]
    [InlineData("2026-11-22T15:17:06.4255830Z", "2026-11-22 15:17:06.425583")]
    [InlineData("2026-11-22T15:17:06.0000000Z", "2026-11-22 15:17:06")]
    [InlineData("2026-11-22T15:17:06.0000009Z", "2026-11-22 15:17:06")]
    [InlineData("2026-11-22T16:17:06.1000000+01:00", "2026-11-22 15:17:06.100000")]
    public async Task TimestampIsWrittenAsTheOriginalWritesIt(string time, string text)
    {
        var sent = new TestNotificationDriver();
        var notifier = new Notifier("p", [sent], new FakeTimeProvider(DateTimeOffset.Parse(time)));

        await notifier.InfoAsync(MessageContext.Empty, "e", Payload.Null);

        Assert.Equal(text, sent.Sent[0].TimestampText);
        Assert.True(Guid.TryParse(sent.Sent[0].MessageId, out Guid _));
    }

    [Theory]
    [InlineData("compute.create", NotificationPriority.Info, "a,b")]
    [InlineData("compute.create", NotificationPriority.Error, "a")]
    [InlineData("network.create", NotificationPriority.Info, "b")]
    [InlineData("network.create", NotificationPriority.Debug, "")]
    public async Task RoutingSendsToEveryDriverWhoseRulesAllMatchOnce(string eventType, NotificationPriority priority, string drivers)
    {
        var a = new TestNotificationDriver();
        var b = new TestNotificationDriver();
        var routing = new RoutingNotificationDriver(
            ImmutableDictionary<string, INotificationDriver>.Empty.Add("a", a).Add("b", b),
            ImmutableDictionary<string, ImmutableDictionary<string, RoutingRule>>.Empty
                .Add("first", ImmutableDictionary<string, RoutingRule>.Empty
                    .Add("a", new RoutingRule { AcceptedEvents = ["compute.*"] })
                    .Add("b", new RoutingRule { AcceptedPriorities = ["INFO"] }))
                .Add("second", ImmutableDictionary<string, RoutingRule>.Empty
                    .Add("a", new RoutingRule { AcceptedEvents = ["comp*"], AcceptedPriorities = ["info", "error"] })));

        await new Notifier("p", [routing]).NotifyAsync(MessageContext.Empty, priority, eventType, Payload.Null);

        Assert.Equal(drivers, string.Join(',', new[] { ("a", a), ("b", b) }.SelectMany(d => d.Item2.Sent.Select(_ => d.Item1))));
    }

    [Theory]
    [InlineData("*", "", true)]
    [InlineData("a*c", "abbc", true)]
    [InlineData("a*c", "abb", false)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "ac", false)]
    [InlineData("[a-c]x", "bx", true)]
    [InlineData("[!a-c]x", "bx", false)]
    [InlineData("[!a-c]x", "dx", true)]
    [InlineData("[]]x", "]x", true)]
    [InlineData("[x", "[x", true)]
    [InlineData("A", "a", false)]
    [InlineData("compute.instance.*", "compute.instance.create.end", true)]
    public void ShellPatternsMatchAsPythonsDo(string pattern, string text, bool matches) =>
        Assert.Equal(matches, ShellPattern.Matches(pattern, text));

    [Fact]
    public async Task OneDriversTroubleDoesNotKeepTheOthersFromSending()
    {
        var after = new TestNotificationDriver();
        var notifier = new Notifier("p", [new Failing(), after, new NoopNotificationDriver()]);

        await Assert.ThrowsAsync<FormatException>(() => notifier.WarnAsync(MessageContext.Empty, "e", JsonValue.Create(1)).AsTask());

        Assert.Single(after.Sent);
    }

    [Fact]
    public async Task OneDriversTroubleDoesNotKeepTheOthersOfItsGroupFromSending()
    {
        var after = new TestNotificationDriver();
        var routing = new RoutingNotificationDriver(
            ImmutableDictionary<string, INotificationDriver>.Empty.Add("a", new Failing()).Add("b", after),
            ImmutableDictionary<string, ImmutableDictionary<string, RoutingRule>>.Empty.Add(
                "all", ImmutableDictionary<string, RoutingRule>.Empty.Add("a", new RoutingRule()).Add("b", new RoutingRule())));

        await Assert.ThrowsAsync<FormatException>(
            () => new Notifier("p", [routing]).WarnAsync(MessageContext.Empty, "e", JsonValue.Create(1)).AsTask());

        Assert.Single(after.Sent);
    }

    [Theory]
    [InlineData("WARNING", NotificationPriority.Warn)]
    [InlineData("info", NotificationPriority.Info)]
    [InlineData("SAMPLE", NotificationPriority.Sample)]
    public void PriorityIsReadInAnyCase(string text, NotificationPriority priority)
    {
        Assert.True(NotificationPriorityNames.TryParse(text, out NotificationPriority read));
        Assert.Equal(priority, read);
    }

    private sealed class Failing : INotificationDriver
    {
        public ValueTask NotifyAsync(Notification notification, CancellationToken cancellationToken) =>
            throw new FormatException("a driver of one's own may throw anything");
    }
}
