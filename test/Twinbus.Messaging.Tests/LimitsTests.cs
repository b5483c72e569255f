using System.Text;
using System.Text.Json.Nodes;
using Twinbus.Messaging.Notifications;
using Twinbus.Messaging.Rpc;
using Twinbus.Messaging.Wire;
using Xunit;

namespace Twinbus.Messaging.Tests;

/// <summary>What receivers would refuse unread is refused to its sender, with the limit's name; and what is quoted is cut.</summary>
public sealed class LimitsTests
{
    private static readonly InboundLimits Limits = new() { MaxBodyBytes = 4096, MaxDepth = 20, MaxContextEntries = 16 };

    public static TheoryData<string, string> BeyondLimits => new()
    {
        { new string('[', 30) + new string(']', 30), "MaxDepth" },
        { new string('[', 2000) + new string(']', 2000), "MaxDepth" },
        { $"\"{new string('x', 5000)}\"", "MaxBodyBytes" },
        { $"\"{new string('\\', 3000)}\"", "MaxBodyBytes" },
    };

    [Theory]
    [MemberData(nameof(BeyondLimits))]
    public async Task SenderIsToldOfWhatNoPeerWouldRead(string json, string limit)
    {
        await using Transport transport = Open();
        Payload payload = Payload.FromUtf8(Encoding.UTF8.GetBytes(json));

        MessageDeliveryException notification = await Assert.ThrowsAsync<MessageDeliveryException>(
            () => new Notifier(transport, "p").InfoAsync(MessageContext.Empty, "e", payload).AsTask());

        Assert.Equal(MessagingErrorReason.BeyondLimits, notification.Reason);
        Assert.Contains($"Limits.{limit}", notification.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SenderIsToldOfAContextWithTooManyEntries()
    {
        await using Transport transport = Open();
        MessageContext context = Enumerable.Range(0, 17).Aggregate(MessageContext.Empty, (all, i) => all.With($"k{i}", i));

        MessageDeliveryException error = await Assert.ThrowsAsync<MessageDeliveryException>(
            () => new RpcClient(transport, new Target { Topic = "t" }).CastAsync(context, "m").AsTask());

        Assert.Contains("Limits.MaxContextEntries", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("deep")]
    [InlineData("large")]
    [InlineData("failing")]
    public async Task CallerIsToldOfAReplyBeyondTheLimits(string method)
    {
        await using Transport transport = Open();
        RpcEndpoint endpoint = new RpcEndpoint()
            .Map("deep", (_, _) => ValueTask.FromResult(Payload.FromUtf8(Encoding.UTF8.GetBytes(new string('[', 30) + new string(']', 30)))))
            .Map("large", (_, _) => ValueTask.FromResult<Payload>(JsonValue.Create(new string('x', 5000))))
            .Map("failing", (_, _) => throw new InvalidOperationException(new string('x', 50_000)));
        await using var server = new RpcServer(transport, new Target { Topic = "t", Server = "s" }, [endpoint], new RpcServerOptions { SendTraceback = false });
        await server.StartAsync();

        RemoteErrorException error = await Assert.ThrowsAsync<RemoteErrorException>(() => Client(transport).CallAsync(MessageContext.Empty, method).AsTask());

        Assert.Contains(method == "deep" ? "Limits.MaxDepth" : "Limits.MaxBodyBytes", error.Failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LongNamesAreCutWhereTheyAreQuoted()
    {
        await using var transport = Transport.Create("fake://");
        await using var server = new RpcServer(
            transport, new Target { Topic = "t", Server = "s" }, [new RpcEndpoint().Map("m", (_, _) => ValueTask.FromResult(Payload.Null))]);
        await server.StartAsync();
        string longName = new('n', 1_000_000);

        RemoteErrorException method = await Assert.ThrowsAsync<RemoteErrorException>(() => Client(transport).CallAsync(MessageContext.Empty, longName).AsTask());
        RemoteErrorException space = await Assert.ThrowsAsync<RemoteErrorException>(
            () => Client(transport, new Target { Topic = "t", Namespace = longName }).CallAsync(MessageContext.Empty, longName).AsTask());
        var remote = new RemoteErrorException(new RpcFailure { Class = longName, Module = longName, Message = longName });

        Assert.All([method, space, remote], error => Assert.InRange(error.Message.Length, 1, 6000));
        Assert.Contains("n…", method.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("caf\u00e9 \U0001d11e", "caf\u00e9 \U0001d11e")]
    [InlineData("a\u001b[2Jb\r\n", "a\\u001b[2Jb\\u000d\\u000a")]
    [InlineData("\u202eevil\u2066\u200b\u0085\u2028", "\\u202eevil\\u2066\\u200b\\u0085\\u2028")]
    [InlineData("\U000e0041", "\\udb40\\udc41")]
    public void WhatCannotBeSeenIsEscaped(string text, string shown) => Assert.Equal(shown, MessageText.Escape(text));

    // An attribute could not hold it.
    [Fact]
    public void HalfASurrogatePairIsEscaped() => Assert.Equal("a\\ud800x", MessageText.Escape("a\ud800x"));

    [Fact]
    public async Task HeartbeatThatNoTimerTakesDoesNotLoseTheReply()
    {
        await using var transport = Transport.Create("fake://");
        await using var server = new RpcServer(
            transport, new Target { Topic = "t", Server = "s" }, [new RpcEndpoint().Map("m", (_, _) => ValueTask.FromResult(Payload.Null))]);
        await server.StartAsync();

        await new RpcClient(transport, new Target { Topic = "t" }, new RpcClientOptions { Timeout = TimeSpan.FromSeconds(20), CallMonitorTimeout = 2_000_000_000 })
            .CallAsync(MessageContext.Empty, "m");
    }

    // (a+)+$ takes 2^40 steps when every way is tried, and 1 s when that is cut off.
    [Fact]
    public async Task FilterDoesNotTryEveryWay()
    {
        await using var transport = Transport.Create("fake://");
        var passed = new TaskCompletionSource<bool>();
        var filter = new NotificationFilter(eventType: "(a+)+$");
        var endpoint = new NotificationEndpoint().OnAny((notification, _) =>
        {
            passed.TrySetResult(filter.Matches(notification));
            return ValueTask.CompletedTask;
        });
        await using var listener = new NotificationListener(transport, [new Target { Topic = "notifications" }], [endpoint]);
        await listener.StartAsync();

        await new Notifier(transport, "p").InfoAsync(MessageContext.Empty, new string('a', 40) + "b", Payload.Null);

        Assert.False(await passed.Task.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    private static Transport Open() => Transport.Create("fake://", new TransportOptions { Limits = Limits });

    private static RpcClient Client(Transport transport, Target? target = null) =>
        new(transport, target ?? new Target { Topic = "t" }, new RpcClientOptions { Timeout = TimeSpan.FromSeconds(20) });
}
