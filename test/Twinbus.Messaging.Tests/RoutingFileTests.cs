using System.Collections.Immutable;
using Twinbus.Messaging.Hosting;
using Twinbus.Messaging.Notifications;
using Xunit;

namespace Twinbus.Messaging.Tests;

public sealed class RoutingFileTests
{
    [Fact]
    public async Task FileRoutesNotificationsByItsRules()
    {
        ImmutableDictionary<string, TestNotificationDriver> drivers = ImmutableArray.Create("billing", "audit", "everything")
            .ToImmutableDictionary(name => name, _ => new TestNotificationDriver());
        var routing = new RoutingNotificationDriver(
            drivers.ToImmutableDictionary(driver => driver.Key, driver => (INotificationDriver)driver.Value),
            RoutingFile.Parse(
                """
                group_1:
                  billing:
                    accepted_events: ['compute.instance.*']
                    unknown_to_us: {a: [1]}
                  audit:
                    accepted_priorities: [ERROR, 'crit*']
                group_2:
                  everything: {}
                """,
                "routes.yaml"));
        var notifier = new Notifier("p", [routing]);

        await notifier.InfoAsync(MessageContext.Empty, "compute.instance.create", Payload.Null);
        await notifier.ErrorAsync(MessageContext.Empty, "network.down", Payload.Null);

        Assert.Equal(["compute.instance.create"], Sent("billing"));
        Assert.Equal(["network.down"], Sent("audit"));
        Assert.Equal(["compute.instance.create", "network.down"], Sent("everything"));

        IEnumerable<string> Sent(string driver) => drivers[driver].Sent.Select(notification => notification.EventType);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("---\n")]
    [InlineData("{}")]
    public void EmptyFileHasNoGroups(string text) => Assert.Empty(RoutingFile.Parse(text, "routes.yaml"));

    [Fact]
    public void AnchorsAndMergeKeysAreFollowed()
    {
        ImmutableDictionary<string, RoutingRule> group = RoutingFile.Parse(
            """
            g:
              a: &a
                accepted_events: ['one']
              b: *a
              c:
                accepted_events: ['two']
                <<: *a
              d:
                <<: *a
                accepted_priorities: [info]
            """,
            "routes.yaml")["g"];

        Assert.Equal("one", Assert.Single(group["b"].AcceptedEvents!.Value));
        Assert.Equal("two", Assert.Single(group["c"].AcceptedEvents!.Value));
        Assert.Equal("one", Assert.Single(group["d"].AcceptedEvents!.Value));
        Assert.Equal("info", Assert.Single(group["d"].AcceptedPriorities!.Value));
    }

    [Theory]
    [InlineData("- a\n", "routes.yaml:1:")]
    [InlineData("g:\n", "routes.yaml:1:")]
    [InlineData("g:\n  d:\n", "{}")]
    [InlineData("g:\n  d:\n    accepted_events: 'compute.*'\n", "patterns are a list")]
    [InlineData("g:\n  d:\n    accepted_events: [[a]]\n", "routes.yaml:3:")]
    [InlineData("g: [\n", "routes.yaml:")]
    [InlineData("g:\n  a: *b\n", "routes.yaml:2:")]
    [InlineData("g: {}\n---\ng: {}\n", "second document")]
    public void WhatIsNoRoutingFileIsRefusedWithItsPlace(string text, string part)
    {
        MessagingException error = Assert.Throws<MessagingException>(() => RoutingFile.Parse(text, "routes.yaml"));

        Assert.Equal(MessagingErrorReason.InvalidOptions, error.Reason);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DeepNestingIsRefused() => Assert.Contains(
        "nested deeper",
        Assert.Throws<MessagingException>(() => RoutingFile.Parse($"g: {new string('[', 10_000)}", "routes.yaml")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void FileThatIsMissingIsNamed() => Assert.Contains(
        "/absent/routes.yaml", Assert.Throws<MessagingException>(() => RoutingFile.Read("/absent/routes.yaml")).Message, StringComparison.Ordinal);
}
