using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Twinbus.Messaging.Interop.Peers;
using Twinbus.Messaging.Rpc;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.Interop.Rpc;

/// <summary>A Twinbus client and servers of the real oslo.messaging.</summary>
public sealed class CallsToPythonTests(RabbitMqFixture broker, PythonPeerFixture python) : InteropTest(broker, python)
{
    private static readonly MessageContext Context = MessageContext.Empty.With("user", "u1").With("roles", new JsonArray("a", "b"));

    private RpcClient Client => new(Transport, new Target { Topic = Topic });

    [Fact]
    public async Task CallReturnsWhatPythonAnswers()
    {
        await StartPythonAsync("serve", []);
        JsonElement result = await Client.CallAsync(Context, "echo", new JsonObject { ["text"] = "snow \u2603 \U0001d11e \u0000 \"", ["n"] = 1 }, Cancellation);
        Assert.Equal("snow \u2603 \U0001d11e \u0000 \"", result.GetProperty("text").GetString());
        Assert.Equal(1, result.GetProperty("n").GetInt32());
    }

    [Fact]
    public async Task CallOfAMethodWithoutAResultReturnsNull()
    {
        await StartPythonAsync("serve", []);
        JsonElement result = await Client.CallAsync(Context, "nothing", cancellationToken: Cancellation);
        Assert.Equal(JsonValueKind.Null, result.ValueKind);
    }

    [Theory]
    [InlineData("""1000000000000000000000000000000""", "int", "1000000000000000000000000000000")]
    [InlineData("""9223372036854775807""", "int", "9223372036854775807")]
    [InlineData("""0.1""", "float", "0.1")]
    [InlineData("""null""", "NoneType", "None")]
    [InlineData("""true""", "bool", "True")]
    [InlineData("""[[], {}, [{"a": [1, 2]}]]""", "list", "[[], {}, [{'a': [1, 2]}]]")]
    [InlineData("""{"": "empty name"}""", "dict", "{'': 'empty name'}")]
    [InlineData(""" "caf\u00e9 \ud834\udd1e" """, "str", "'café \U0001d11e'")]
    public async Task PythonUnderstandsTheValue(string json, string type, string repr)
    {
        await StartPythonAsync("serve", []);
        JsonElement described = await Client.CallAsync(Context, "describe", new JsonObject { ["value"] = JsonNode.Parse(json) }, Cancellation);
        Assert.Equal(type, described.GetProperty("type").GetString());
        Assert.Equal(repr, described.GetProperty("repr").GetString());
    }

    [Theory]
    [InlineData("infinity", double.PositiveInfinity)]
    [InlineData("minus_infinity", double.NegativeInfinity)]
    public async Task InfinityArrivesAsANumberBeyondAllOthers(string name, double expected)
    {
        await StartPythonAsync("serve", []);
        JsonElement result = await Client.CallAsync(Context, "value", new JsonObject { ["name"] = name }, Cancellation);
        Assert.Equal(expected, result.GetDouble());
    }

    [Fact]
    public async Task NotANumberArrivesAsItsName()
    {
        await StartPythonAsync("serve", []);
        JsonElement result = await Client.CallAsync(Context, "value", new JsonObject { ["name"] = "nan" }, Cancellation);
        Assert.Equal("NaN", result.GetString());
    }

    [Fact]
    public async Task AllOfPythonsValuesArriveInOneReply()
    {
        await StartPythonAsync("serve", []);
        JsonElement values = await Client.CallAsync(Context, "values", cancellationToken: Cancellation);
        Assert.Equal("1" + new string('0', 30), values.GetProperty("big").GetRawText());
        Assert.Equal(long.MaxValue, values.GetProperty("long").GetInt64());
        Assert.Equal(0.1, values.GetProperty("fraction").GetDouble());
        Assert.Equal("snow \u2603, music \U0001d11e, nul \u0000, quote \"", values.GetProperty("text").GetString());
    }

    [Fact]
    public async Task ContextArrives()
    {
        await StartPythonAsync("serve", []);
        JsonElement context = await Client.CallAsync(Context, "context", cancellationToken: Cancellation);
        Assert.Equal("u1", context.GetProperty("user").GetString());
        Assert.Equal(2, context.GetProperty("roles").GetArrayLength());
    }

    [Fact]
    public async Task NamespaceAndVersionChooseTheEndpoint()
    {
        await StartPythonAsync("serve", []);
        JsonObject arguments = new() { ["left"] = 1, ["right"] = 2 };
        RpcClient modern = Client.Prepare(target => target with { Namespace = "arithmetic", Version = "1.2" });
        RpcClient old = Client.Prepare(target => target with { Namespace = "arithmetic", Version = "0.9" });
        Assert.Equal(3, (await modern.CallAsync(Context, "add", arguments, Cancellation)).GetInt32());
        Assert.Equal("old 3", (await old.CallAsync(Context, "add", (JsonObject)arguments.DeepClone(), Cancellation)).GetString());
    }

    [Fact]
    public async Task CallToOneServerIsAnsweredByThatServer()
    {
        await StartPythonAsync("serve", new JsonObject { ["server"] = "a" });
        await StartPythonAsync("serve", new JsonObject { ["server"] = "b" });
        foreach (string name in (string[])["b", "a", "b"])
        {
            JsonElement answer = await Client.Prepare(target => target with { Server = name }).CallAsync(Context, "server_name", cancellationToken: Cancellation);
            Assert.Equal(name, answer.GetString());
        }
    }

    [Fact]
    public async Task CastReachesOneServer()
    {
        ChannelReader<JsonObject> recorded = Recorded();
        await StartPythonAsync("serve", new JsonObject { ["server"] = "a" });
        await Client.CastAsync(Context, "record", new JsonObject { ["mark"] = Host.Name }, Cancellation);
        JsonObject receipt = await recorded.ReadAsync(Cancellation);
        Assert.Equal("u1", (string?)receipt["context"]!["user"]);
    }

    [Fact]
    public async Task FanoutReachesEveryServer()
    {
        ChannelReader<JsonObject> recorded = Recorded();
        await StartPythonAsync("serve", new JsonObject { ["server"] = "a" });
        await StartPythonAsync("serve", new JsonObject { ["server"] = "b" });
        await Client.Prepare(target => target with { Fanout = true }).CastAsync(Context, "record", new JsonObject { ["mark"] = Host.Name }, Cancellation);
        JsonObject first = await recorded.ReadAsync(Cancellation);
        JsonObject second = await recorded.ReadAsync(Cancellation);
        Assert.Equal(["a", "b"], new[] { (string)first["server"]!, (string)second["server"]! }.Order());
    }

    [Fact]
    public async Task APythonExceptionTellsItsClassTextArgumentsAndTraceback()
    {
        await StartPythonAsync("serve", []);
        RemoteErrorException error = await Assert.ThrowsAsync<RemoteErrorException>(
            async () => await Client.CallAsync(Context, "fail", new JsonObject { ["message"] = "bad value" }, Cancellation));
        Assert.Equal(MessagingErrorReason.RemoteError, error.Reason);
        Assert.Equal(("builtins", "ValueError"), (error.Failure.Module, error.Failure.Class));
        Assert.Equal("""["bad value",7]""", JsonSerializer.Serialize(error.Failure.Arguments));
        Assert.Contains(error.Failure.Traceback, line => line.Contains("raise ValueError", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ARegisteredExceptionComesBackAsItself()
    {
        await StartPythonAsync("serve", []);
        QuotaExceededException error = await Assert.ThrowsAsync<QuotaExceededException>(
            async () => await Client.CallAsync(Context, "fail_own", new JsonObject { ["resource"] = "cores" }, Cancellation));
        Assert.Equal(("cores", 3), (error.Resource, error.Limit));
    }

    [Theory]
    [InlineData("no_such_method", null, MessagingErrorReason.NoSuchMethod)]
    [InlineData("_private", null, MessagingErrorReason.NoSuchMethod)]
    [InlineData("echo", "2.0", MessagingErrorReason.UnsupportedVersion)]
    public async Task WhatThereIsNotIsSaidSo(string method, string? version, MessagingErrorReason reason)
    {
        await StartPythonAsync("serve", []);
        RemoteErrorException error = await Assert.ThrowsAsync<RemoteErrorException>(
            async () => await Client.Prepare(target => target with { Version = version }).CallAsync(Context, method, cancellationToken: Cancellation));
        Assert.Equal(reason, error.Reason);
    }

    [Fact]
    public async Task ALongCallLivesOnItsServersHeartbeats()
    {
        await StartPythonAsync("serve", []);
        RpcClient patient = Client.Prepare(options: options => options with { Timeout = TimeSpan.FromSeconds(20), CallMonitorTimeout = 2 });
        JsonElement result = await patient.CallAsync(Context, "sleep", new JsonObject { ["seconds"] = 4.5 }, Cancellation);
        Assert.Equal("slept", result.GetString());
    }

    [Fact]
    public async Task CallTimesOutWhenTheServerIsTooSlow()
    {
        await StartPythonAsync("serve", []);
        RpcClient hasty = Client.Prepare(options: options => options with { Timeout = TimeSpan.FromSeconds(0.5) });
        await Assert.ThrowsAsync<MessagingTimeoutException>(
            async () => await hasty.CallAsync(Context, "sleep", new JsonObject { ["seconds"] = 2 }, Cancellation));
        Assert.Equal("pong", (await Client.CallAsync(Context, "ping", cancellationToken: Cancellation)).GetString());
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("bzip2")]
    public async Task PythonUnderstandsACompressedRequest(string compression)
    {
        await StartPythonAsync("serve", []);
        await using Transport compressing = Bus.Open(Host.TransportUrl + "?kombu_compression=" + compression);
        JsonElement result = await new RpcClient(compressing, new Target { Topic = Topic })
            .CallAsync(Context, "echo", new JsonObject { ["text"] = new string('s', 5000) }, Cancellation);
        Assert.Equal(new string('s', 5000), result.GetProperty("text").GetString());
    }

    [Fact]
    public async Task ManyCallsAtOnceGetEachItsOwnReply()
    {
        await StartPythonAsync("serve", []);
        RpcClient client = Client;
        int[] answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(async number =>
            (await client.CallAsync(Context, "echo", new JsonObject { ["number"] = number }, Cancellation)).GetProperty("number").GetInt32()));
        Assert.Equal(Enumerable.Range(0, 200), answers);
    }

    private ChannelReader<JsonObject> Recorded() =>
        Peer.Events(message => (string?)message["event"] == "recorded" && (string?)message["args"]?["mark"] == Host.Name);
}
