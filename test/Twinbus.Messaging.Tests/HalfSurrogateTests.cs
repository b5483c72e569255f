using System.Text;
using System.Text.Json;
using Twinbus.Messaging.Wire;
using Xunit;

namespace Twinbus.Messaging.Tests;

/// <summary>Python's strings may hold half a surrogate pair, and its JSON carries it: no reader may stumble over one anywhere.</summary>
public sealed class HalfSurrogateTests
{
    private static readonly InboundLimits Limits = new();

    [Theory]
    [InlineData("""{"oslo.version":"\ud800","oslo.message":"{}"}""")]
    [InlineData("""{"oslo.version":"2.0","oslo.message":"\ud800"}""")]
    [InlineData("""{"oslo.version":["\ud800"],"oslo.message":"{}"}""")]
    public void EnvelopeWithOneIsRefused(string body) =>
        Assert.Throws<MalformedMessageException>(() => OsloEnvelope.Unwrap(Encoding.UTF8.GetBytes(body), Limits));

    [Theory]
    [InlineData("""{"\ud800":1,"a":"b"}""")]
    [InlineData("""{"oslo.message\udfff":"x","oslo.version":"2.0","oslo.message":"{\"a\": 1}"}""")]
    public void MemberNameWithOneIsANameThatNobodyKnows(string body)
    {
        using PooledBuffer inner = OsloEnvelope.Unwrap(Encoding.UTF8.GetBytes(body), Limits);
        Assert.Contains("\"a\"", Encoding.UTF8.GetString(inner.WrittenSpan), StringComparison.Ordinal);
    }

    [Fact]
    public void RequestIsReadWithAMarkInItsPlace()
    {
        RpcRequestFields fields = RpcRequestFields.Read(
            """
            {"\ud800":1,"method":"a\udcffb","namespace":"\ud800","version":"\ud800","_msg_id":"\ud800","_reply_q":"\ud800",
             "_timeout":"\ud800","_unique_id":"\ud800","args":{"\ud800":"\ud800"},"_context_\ud800":"\ud800","_context_a":1}
            """u8.ToArray(), Limits);

        Assert.Equal(("a\ufffdb", "\ufffd", "\ufffd", "\ufffd", "\ufffd"), (
            fields.Method, fields.Namespace, fields.Version, fields.CallId, fields.ReplyQueue));
        Assert.Equal("""{"\ud800":"\ud800"}""", Encoding.UTF8.GetString(fields.Arguments.Span));
    }

    [Fact]
    public void NotificationIsReadWithAMarkInItsPlace()
    {
        NotificationFields fields = NotificationFields.Read(
            """
            {"\ud800":1,"message_id":"\ud800","publisher_id":"\ud800","event_type":"a.\ud800","priority":"\ud800","timestamp":"\ud800",
             "_unique_id":"\ud800","payload":"\ud800"}
            """u8.ToArray(), Limits);

        Assert.Equal(("\ufffd", "\ufffd", "a.\ufffd", "\ufffd", "\ufffd"), (
            fields.MessageId, fields.PublisherId, fields.EventType, fields.Priority, fields.Timestamp));
    }

    [Fact]
    public void ReplyIsReadWithAMarkInItsPlace()
    {
        RpcReplyFields fields = RpcReplyFields.Read("""{"\ud800":1,"failure":"\ud800","_msg_id":"\ud800","ending":true}"""u8.ToArray(), Limits);
        Assert.Equal("\ufffd", fields.Failure);
    }

    [Fact]
    public void ContextIsReadWithAMarkInItsName()
    {
        MessageContext context = JsonFields.ReadContext("""{"_context_a\ud800":"\ud800","_context_\u0062":1}"""u8.ToArray(), Limits);

        Assert.Equal(["a\ufffd", "b"], context.Keys);
        Assert.Equal("\ufffd", context.GetString("a\ufffd"));
        Assert.Equal(JsonValueKind.Number, context["b"].ValueKind);
    }

    [Theory]
    [InlineData("""{"\u006dethod":"m"}""")]
    [InlineData("""{"m\u0065thod":"m"}""")]
    public void NameThatIsWrittenWithEscapesIsKnownAllTheSame(string message) =>
        Assert.Equal("m", RpcRequestFields.Read(Encoding.UTF8.GetBytes(message), Limits).Method);
}
