using System.Text;
using Twinbus.Messaging.Wire;
using Xunit;

namespace Twinbus.Messaging.Tests;

public sealed class MessageFieldsTests
{
    private static readonly InboundLimits Limits = new();

    [Fact]
    public void RequestOfTheOriginalIsReadWhole()
    {
        RpcRequestFields fields = Request(
            """
            {"method": "echo", "args": {"a": 1}, "namespace": "ns1", "version": "1.2", "_msg_id": "m", "_reply_q": "reply_q",
             "_timeout": 4, "_unique_id": "0123456789abcdef0123456789abcdef", "_context_user": "u1", "unknown": [1]}
            """);

        Assert.Equal(("echo", "ns1", "1.2", "m", "reply_q", 4), (
            fields.Method, fields.Namespace, fields.Version, fields.CallId, fields.ReplyQueue, fields.CallMonitorTimeout!.Value));
        Assert.Equal("""{"a": 1}""", Encoding.UTF8.GetString(fields.Arguments.Span));
        Assert.Equal("0123456789abcdef0123456789abcdef", fields.UniqueId.ToString());
        Assert.True(fields.HasContext);
    }

    [Fact]
    public void WhatARequestLacksHasTheOriginalsDefault()
    {
        RpcRequestFields fields = Request("{}");

        Assert.Equal(("", null, "1.0", null, null), (fields.Method, fields.Namespace, fields.Version, fields.CallId, fields.ReplyQueue));
        Assert.Equal("{}", Encoding.UTF8.GetString(fields.Arguments.Span));
        Assert.Null(fields.UniqueId);
        Assert.Null(fields.CallMonitorTimeout);
    }

    [Theory]
    [InlineData("4", 4)]
    [InlineData("4.9", 4)]
    [InlineData("\"4\"", 4)]
    [InlineData("null", null)]
    [InlineData("\"often\"", null)]
    [InlineData("[4]", null)]
    public void CallMonitorTimeoutIsReadAsPythonsInt(string text, int? seconds) =>
        Assert.Equal(seconds, Request($$"""{"_timeout": {{text}}, "method": "m"}""").CallMonitorTimeout);

    [Theory]
    [InlineData("""{"method": 7}""", "7")]
    [InlineData("""{"method": null}""", "")]
    [InlineData("""{"method": {"a": 1}}""", """{"a": 1}""")]
    public void MethodThatIsNoTextIsAMethodThatNobodyHas(string message, string method) => Assert.Equal(method, Request(message).Method);

    [Fact]
    public void DuplicateWindowRemembersAsManyAsItIsTold()
    {
        var window = new DuplicateWindow(10_000);
        MessageId[] ids = [.. Enumerable.Range(0, 10_001).Select(_ => MessageId.Create())];
        Assert.All(ids[..10_000], id => Assert.True(window.TryAdd(id)));
        Assert.All(ids[..10_000], id => Assert.False(window.TryAdd(id)));

        Assert.True(window.TryAdd(ids[10_000]));

        Assert.False(window.Contains(ids[0]));
        Assert.True(window.Contains(ids[1]));
    }

    [Fact]
    public void ListenersRememberTenThousandIdsUnlessTheyAreToldOtherwise() =>
        Assert.InRange(new TransportOptions().DuplicateWindow, 10_000, int.MaxValue);

    [Fact]
    public void MessageIdsAreTheHexDigitsOfAUuid()
    {
        MessageId id = MessageId.Create();
        Assert.Matches("^[0-9a-f]{32}$", id.ToString());
        Assert.Equal(id, MessageId.From(Encoding.ASCII.GetBytes(id.ToString())));
        Assert.NotEqual(MessageId.From("some other id"u8), MessageId.From("some other ie"u8));
    }

    private static RpcRequestFields Request(string message) => RpcRequestFields.Read(Encoding.UTF8.GetBytes(message), Limits);
}
