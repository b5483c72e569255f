using System.Text.Json.Nodes;
using Twinbus.Messaging.Interop.Peers;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.Interop.Rpc;

/// <summary>A client of the real oslo.messaging and Twinbus servers.</summary>
public sealed class CallsFromPythonTests(RabbitMqFixture broker, PythonPeerFixture python) : InteropTest(broker, python)
{
    [Fact]
    public async Task PythonGetsTheAnswer()
    {
        await using TwinbusServer server = await ServeAsync("twinbus");
        JsonNode? answer = await CallAsync("echo", """{"args": {"text": "snow \u2603 \ud834\udd1e", "n": [1, 2.5, null, {}]}}""");
        Assert.Equal("snow \u2603 \U0001d11e", (string?)answer!["text"]);
        Assert.Equal("""[1,2.5,null,{}]""", answer["n"]!.ToJsonString());
    }

    [Fact]
    public async Task PythonGetsNoneFromAMethodWithoutAResult()
    {
        await using TwinbusServer server = await ServeAsync("twinbus");
        Assert.Null(await CallAsync("nothing", "{}"));
    }

    [Fact]
    public async Task PythonGetsIntegersOfAnySize()
    {
        await using TwinbusServer server = await ServeAsync("twinbus");
        JsonNode? answer = await CallAsync("value", """{"args": {"name": "big"}}""");
        Assert.Equal("1" + new string('0', 30), answer!.ToJsonString());
    }

    [Theory]
    [InlineData("float('inf')", "1e999")]
    [InlineData("float('nan')", "NaN")]
    [InlineData("10 ** 30", "1000000000000000000000000000000")]
    public async Task ValuesThatOnlyPythonCanSayAreAccepted(string source, string expected)
    {
        await using TwinbusServer server = await ServeAsync("twinbus");
        JsonNode? answer = await PythonAsync("call_value", new JsonObject { ["method"] = "echo", ["source"] = source, ["timeout"] = 10 });
        string value = answer!["value"]!.ToJsonString().Trim('"');
        Assert.True(value == expected || (expected == "1e999" && value == "inf"), value);
    }

    [Fact]
    public async Task ContextArrives()
    {
        await using TwinbusServer server = await ServeAsync("twinbus");
        JsonNode? context = await CallAsync("context", """{"context": {"user": "u1", "roles": ["a", "b"]}}""");
        Assert.Equal("""{"user":"u1","roles":["a","b"]}""", context!.ToJsonString());
    }

    [Fact]
    public async Task NamespaceAndVersionChooseTheEndpoint()
    {
        await using TwinbusServer server = await ServeAsync("twinbus");
        JsonNode? sum = await CallAsync("add", """{"namespace": "arithmetic", "version": "1.2", "args": {"left": 1, "right": 2}}""");
        Assert.Equal(3, (int)sum!);
    }

    [Fact]
    public async Task CallToOneServerIsAnsweredByThatServer()
    {
        await using TwinbusServer a = await ServeAsync("a");
        await using TwinbusServer b = await ServeAsync("b");
        foreach (string name in (string[])["b", "a", "b"])
        {
            Assert.Equal(name, (string?)await CallAsync("server_name", $$"""{"server": "{{name}}"}"""));
        }
    }

    [Fact]
    public async Task CastReachesOneServer()
    {
        await using TwinbusServer server = await ServeAsync("twinbus");
        await PythonAsync("cast", JsonNode.Parse("""{"method": "record", "args": {"n": 1}, "context": {"user": "u1"}}""")!.AsObject());
        JsonObject receipt = await server.Recorded.ReadAsync(Cancellation);
        Assert.Equal("""{"args":{"n":1},"context":{"user":"u1"}}""", receipt.ToJsonString());
    }

    [Fact]
    public async Task FanoutReachesEveryServer()
    {
        await using TwinbusServer a = await ServeAsync("a");
        await using TwinbusServer b = await ServeAsync("b");
        await PythonAsync("cast", JsonNode.Parse("""{"method": "record", "args": {"n": 1}, "fanout": true}""")!.AsObject());
        Assert.Equal(1, (int)(await a.Recorded.ReadAsync(Cancellation))["args"]!["n"]!);
        Assert.Equal(1, (int)(await b.Recorded.ReadAsync(Cancellation))["args"]!["n"]!);
    }

    [Fact]
    public async Task AFailureOfPythonsOwnKindsIsRaisedAsItself()
    {
        await using TwinbusServer server = await ServeAsync("twinbus");
        PythonException error = await Assert.ThrowsAsync<PythonException>(() => CallAsync("fail", """{"args": {"message": "bad value"}}"""));
        Assert.Equal("ValueError_Remote", error.Class + (error.Class == "ValueError" ? "_Remote" : ""));
        Assert.Contains("bad value", error.Text);
    }

    [Fact]
    public async Task AFailureOfAModuleThatPythonDoesNotAllowIsARemoteError()
    {
        await using TwinbusServer server = await ServeAsync("twinbus");
        PythonException error = await Assert.ThrowsAsync<PythonException>(() => CallAsync("fail_own", """{"args": {"resource": "cores"}}"""));
        Assert.Equal("RemoteError", error.Class);
        Assert.Equal(("QuotaExceeded", "Quota of 3 exceeded for cores"), (error.RemoteClass, error.RemoteText));
    }

    [Fact]
    public async Task AnyExceptionOfTheServerReachesPythonWithItsText()
    {
        await using TwinbusServer server = await ServeAsync("twinbus");
        PythonException error = await Assert.ThrowsAsync<PythonException>(() => CallAsync("fail_any", """{"args": {"message": "out of order"}}"""));
        Assert.Equal(("InvalidOperationException", "out of order"), (error.RemoteClass, error.RemoteText));
    }

    [Theory]
    [InlineData("no_such_method", "{}", "NoSuchMethod")]
    [InlineData("_private", "{}", "NoSuchMethod")]
    [InlineData("echo", """{"version": "2.0"}""", "UnsupportedVersion")]
    public async Task WhatThereIsNotIsSaidSo(string method, string arguments, string raised)
    {
        await using TwinbusServer server = await ServeAsync("twinbus");
        PythonException error = await Assert.ThrowsAsync<PythonException>(() => CallAsync(method, arguments));
        Assert.Equal("RemoteError", error.Class);
        Assert.Equal(raised, error.RemoteClass);
    }

    [Fact]
    public async Task ALongCallLivesOnOurHeartbeats()
    {
        await using TwinbusServer server = await ServeAsync("twinbus");
        JsonNode? answer = await CallAsync("sleep", """{"args": {"seconds": 4.5}, "call_monitor_timeout": 2}""");
        Assert.Equal("slept", (string?)answer);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("bzip2")]
    [InlineData("lzma")]
    public async Task ACompressedRequestIsUnderstood(string compression)
    {
        await using TwinbusServer server = await ServeAsync("twinbus");
        JsonObject command = JsonNode.Parse("""{"method": "echo", "args": {"text": "snow"}, "timeout": 15}""")!.AsObject();
        command["url"] = Host.TransportUrl + "?kombu_compression=" + compression;
        command["topic"] = Topic;
        JsonNode? answer = await Peer.DoAsync("call", command, Cancellation);
        Assert.Equal("snow", (string?)answer!["text"]);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("bzip2")]
    public async Task PythonUnderstandsACompressedReply(string compression)
    {
        await using Transport compressing = Bus.Open(Host.TransportUrl + "?kombu_compression=" + compression);
        await using TwinbusServer server = await TwinbusServer.StartAsync(compressing, Topic, "twinbus", Cancellation);
        JsonNode? answer = await CallAsync("echo", """{"args": {"text": "snow"}}""");
        Assert.Equal("snow", (string?)answer!["text"]);
    }

    [Fact]
    public async Task ManyCallsAtOnceGetEachItsOwnReply()
    {
        await using TwinbusServer server = await ServeAsync("twinbus");
        int[] answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(async number =>
            (int)(await CallAsync("echo", $$$"""{"args": {"number": {{{number}}}}}"""))!["number"]!));
        Assert.Equal(Enumerable.Range(0, 64), answers);
    }

    private Task<TwinbusServer> ServeAsync(string name) => TwinbusServer.StartAsync(Transport, Topic, name, Cancellation);

    private Task<JsonNode?> CallAsync(string method, string arguments)
    {
        JsonObject command = JsonNode.Parse(arguments)!.AsObject();
        command["method"] = method;
        command["timeout"] = 15;
        return PythonAsync("call", command);
    }
}
