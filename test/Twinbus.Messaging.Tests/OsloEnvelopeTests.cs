using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Twinbus.Messaging.Wire;
using Xunit;

namespace Twinbus.Messaging.Tests;

public sealed class OsloEnvelopeTests
{
    private static readonly InboundLimits Limits = new();

    [Fact]
    public void AnyMessageComesOutAsItWentIn() => Prop.ForAll<NonNull<string>>(text =>
    {
        string message = JsonSerializer.Serialize(new Dictionary<string, string> { ["k"] = text.Get });
        using PooledBuffer body = PooledBuffer.Rent();
        OsloEnvelope.Write(body, Encoding.UTF8.GetBytes(message));
        using PooledBuffer inner = OsloEnvelope.Unwrap(body.WrittenSpan, Limits);
        return message == Encoding.UTF8.GetString(inner.WrittenSpan)
            && message == (string)JsonNode.Parse(body.WrittenSpan)!["oslo.message"]!;
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("""{"oslo.version":"2.0","oslo.message":"{\"a\": 1}"}""", """{"a": 1}""")]
    [InlineData("""{"oslo.message":"{\"a\":1}","other":[{}],"oslo.version":"2.0"}""", """{"a":1}""")]
    [InlineData("""{"a":1}""", """{"a":1}""")]
    [InlineData("""{"oslo.version":"2.0"}""", """{"oslo.version":"2.0"}""")]
    [InlineData("""{"a":[NaN,-Infinity,Infinity,"NaN -Infinity \" NaN"]}""", """{"a":["NaN",-1e999,1e999,"NaN -Infinity \" NaN"]}""")]
    [InlineData("""{"oslo.version":"2.0","oslo.message":"{\"a\": NaN}"}""", """{"a": "NaN"}""")]
    [InlineData("""{"oslo.version":"2.0","oslo.message":"{\"\u00e4\": \"\\u20ac\"}"}""", """{"ä": "\u20ac"}""")]
    public void BodyIsReadAsTheOriginalReadsIt(string body, string message)
    {
        using PooledBuffer inner = OsloEnvelope.Unwrap(Encoding.UTF8.GetBytes(body), Limits);
        Assert.Equal(message, Encoding.UTF8.GetString(inner.WrittenSpan));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("\"text\"")]
    [InlineData("""{"oslo.version":"2.0","oslo.message":"{}"} more""")]
    [InlineData("""{"oslo.version":"2.0","oslo.mess""")]
    [InlineData("""{"oslo.version":"2.1","oslo.message":"{}"}""")]
    [InlineData("""{"oslo.version":"3.0","oslo.message":"{}"}""")]
    [InlineData("""{"oslo.version":2.0,"oslo.message":"{}"}""")]
    [InlineData("""{"oslo.version":"2.0","oslo.message":{}}""")]
    [InlineData("""{"oslo.version":"2.0","oslo.message":null}""")]
    [InlineData("""{"oslo.version":"2.0","oslo.message":"\ud800"}""")]
    [InlineData("NaN")]
    public void WhatIsNoMessageIsRefusedWithAReason(string body) =>
        Assert.Throws<MalformedMessageException>(() => OsloEnvelope.Unwrap(Encoding.UTF8.GetBytes(body), Limits));

    [Fact]
    public void BytesThatAreNoUtf8AreRefused()
    {
        Assert.Throws<MalformedMessageException>(() => OsloEnvelope.Unwrap("{\"a\":\"\xff\xfe\"}"u8.ToArray().Select(b => b == 0xc3 ? (byte)0xff : b).ToArray(), Limits));
        Assert.Throws<MalformedMessageException>(() => OsloEnvelope.Unwrap(Encoding.Unicode.GetBytes("""{"a":1}"""), Limits));
    }

    [Fact]
    public void WhatIsTooLargeOrTooDeepIsRefused()
    {
        var limits = new InboundLimits { MaxBodyBytes = 1024, MaxDepth = 16 };

        Assert.Contains("1024", Assert.Throws<MalformedMessageException>(() => OsloEnvelope.Unwrap(new byte[1025], limits)).Message, StringComparison.Ordinal);
        byte[] deep = Encoding.UTF8.GetBytes("{\"a\":" + new string('[', 200) + new string(']', 200) + "}");
        Assert.Throws<MalformedMessageException>(() => OsloEnvelope.Unwrap(deep, limits));
        using PooledBuffer body = PooledBuffer.Rent();
        OsloEnvelope.Write(body, deep);
        using PooledBuffer inner = OsloEnvelope.Unwrap(body.WrittenSpan, limits);
        Assert.Throws<MalformedMessageException>(() => RpcRequestFields.Read(inner.WrittenMemory, limits));
    }

    [Fact]
    public void RandomBytesNeverDoMoreThanBeRefused() => Prop.ForAll<byte[]>(bytes =>
    {
        try
        {
            using PooledBuffer inner = OsloEnvelope.Unwrap(bytes, Limits);
            RpcRequestFields.Read(inner.WrittenMemory, Limits);
            NotificationFields.Read(inner.WrittenMemory, Limits);
            RpcReplyFields.Read(inner.WrittenMemory, Limits);
        }
        catch (MalformedMessageException)
        {
            // What it is for.
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void TruncatedMessagesNeverDoMoreThanBeRefused()
    {
        byte[] message = Encoding.UTF8.GetBytes(
            """{"method":"m","args":{"a":[1,"\u00e4"]},"_msg_id":"x","_reply_q":"r","_timeout":4,"version":"1.0","_context_u":"v"}""");
        for (int length = 0; length < message.Length; length++)
        {
            Assert.Throws<MalformedMessageException>(() => RpcRequestFields.Read(message.AsMemory(0, length), Limits));
        }
    }
}
