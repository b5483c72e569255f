using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Twinbus.Messaging.Rpc;
using Xunit;

namespace Twinbus.Messaging.Conformance;

/// <summary>What RPC does on every driver that carries it.</summary>
public abstract partial class RpcClaims(ITransportFixture fixture) : Claims(fixture)
{
    [Fact]
    public async Task CallReturnsTheResultOfTheServersMethod()
    {
        await using Transport transport = await Fixture.OpenAsync();
        string topic = Unique("topic");
        await using RpcServer server = await ServeAsync(transport, topic, "a", Answering("a"));
        var client = new RpcClient(transport, new Target { Topic = topic });

        JsonElement result = await client.CallAsync(Context, "echo", new JsonObject { ["n"] = 7, ["text"] = "ä\"\\\n€😀" }, Timeout);

        Assert.Equal(7, result.GetProperty("n").GetInt32());
        Assert.Equal("ä\"\\\n€😀", result.GetProperty("text").GetString());
    }

    [Fact]
    public async Task CallOfAMethodWithoutResultReturnsNull()
    {
        await using Transport transport = await Fixture.OpenAsync();
        string topic = Unique("topic");
        await using RpcServer server = await ServeAsync(transport, topic, "a", Answering("a"));

        JsonElement result = await new RpcClient(transport, new Target { Topic = topic }).CallAsync(Context, "nothing", null, Timeout);

        Assert.Equal(JsonValueKind.Null, result.ValueKind);
    }

    [Fact]
    public async Task ContextReachesTheMethod()
    {
        await using Transport transport = await Fixture.OpenAsync();
        string topic = Unique("topic");
        await using RpcServer server = await ServeAsync(transport, topic, "a", Answering("a"));
        MessageContext context = MessageContext.Empty.With("user", "u1").With("roles", new JsonArray("a", "b")).With("none", null);

        JsonElement seen = await new RpcClient(transport, new Target { Topic = topic }).CallAsync(context, "context", null, Timeout);

        Assert.Equal("""{"user":"u1","roles":["a","b"],"none":null}""", seen.GetRawText());
    }

    [Fact]
    public async Task CallToOneServerReachesThatServerOnly()
    {
        await using Transport transport = await Fixture.OpenAsync();
        string topic = Unique("topic");
        await using RpcServer a = await ServeAsync(transport, topic, "a", Answering("a"));
        await using RpcServer b = await ServeAsync(transport, topic, "b", Answering("b"));
        RpcClient client = new RpcClient(transport, new Target { Topic = topic }).Prepare(target => target with { Server = "b" });

        for (int i = 0; i < 4; i++)
        {
            Assert.Equal("b", (await client.CallAsync(Context, "whoami", null, Timeout)).GetString());
        }
    }

    [Fact]
    public async Task CallsToATopicAreSharedByItsServers()
    {
        await using Transport transport = await Fixture.OpenAsync();
        string topic = Unique("topic");
        var ran = Channel.CreateUnbounded<string>();
        await using RpcServer a = await ServeAsync(transport, topic, "a", Answering("a", ran));
        await using RpcServer b = await ServeAsync(transport, topic, "b", Answering("b", ran));
        var client = new RpcClient(transport, new Target { Topic = topic });

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.CallAsync(Context, "whoami", null, Timeout).AsTask()));

        Assert.Equal(20, ran.Reader.Count);
    }

    [Fact]
    public async Task FanoutCastReachesEveryServerOnce()
    {
        await using Transport transport = await Fixture.OpenAsync();
        string topic = Unique("topic");
        var ran = Channel.CreateUnbounded<string>();
        await using RpcServer a = await ServeAsync(transport, topic, "a", Answering("a", ran));
        await using RpcServer b = await ServeAsync(transport, topic, "b", Answering("b", ran));

        await new RpcClient(transport, new Target { Topic = topic, Fanout = true }).CastAsync(Context, "echo", null, Timeout);

        string[] both = [await ran.Reader.ReadAsync(Timeout), await ran.Reader.ReadAsync(Timeout)];
        Assert.Equal(["a:echo", "b:echo"], both.Order());
        Assert.False(ran.Reader.TryRead(out _));
    }

    [Fact]
    public async Task CastRunsTheMethodOnce()
    {
        await using Transport transport = await Fixture.OpenAsync();
        string topic = Unique("topic");
        var ran = Channel.CreateUnbounded<string>();
        await using RpcServer server = await ServeAsync(transport, topic, "a", Answering("a", ran));

        await new RpcClient(transport, new Target { Topic = topic }).CastAsync(Context, "echo", null, Timeout);

        Assert.Equal("a:echo", await ran.Reader.ReadAsync(Timeout));
    }

    [Fact]
    public async Task CastToNobodyIsSilentlyDropped()
    {
        await using Transport transport = await Fixture.OpenAsync();
        await new RpcClient(transport, new Target { Topic = Unique("nobody") }).CastAsync(Context, "echo", null, Timeout);
    }

    [Fact]
    public async Task MandatoryCastToNobodyIsUndeliverable()
    {
        await using Transport transport = await Fixture.OpenAsync();
        var client = new RpcClient(transport, new Target { Topic = Unique("nobody") }, new RpcClientOptions { Mandatory = true });

        MessageUndeliverableException error = await Assert.ThrowsAsync<MessageUndeliverableException>(
            () => client.CastAsync(Context, "echo", null, Timeout).AsTask());

        Assert.Equal(client.Target.Topic, error.RoutingKey);
    }

    [Fact]
    public async Task CallTimesOutWhenNobodyServes()
    {
        await using Transport transport = await Fixture.OpenAsync();
        var client = new RpcClient(
            transport, new Target { Topic = Unique("nobody") }, new RpcClientOptions { Timeout = TimeSpan.FromSeconds(0.3) });
        long start = Stopwatch.GetTimestamp();

        MessagingTimeoutException error = await Assert.ThrowsAsync<MessagingTimeoutException>(
            () => client.CallAsync(Context, "echo", null, Timeout).AsTask());

        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0.29, 5);
        Assert.Contains("echo", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CancellingACallEndsItAtOnce()
    {
        await using Transport transport = await Fixture.OpenAsync();
        string topic = Unique("topic");
        var started = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var endpoint = new RpcEndpoint().Map("hang", async (_, _) =>
        {
            started.SetResult();
            await release.Task;
            return Payload.Null;
        });
        await using RpcServer server = await ServeAsync(transport, topic, "a", endpoint);
        using var cancel = new CancellationTokenSource();

        Task<JsonElement> call = new RpcClient(transport, new Target { Topic = topic })
            .CallAsync(Context, "hang", null, cancel.Token).AsTask();
        await started.Task.WaitAsync(Patience);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        release.SetResult();
    }

    [Fact]
    public async Task DisposingTheTransportEndsACallThatWaits()
    {
        Transport transport = await Fixture.OpenAsync();
        Task<JsonElement> call = new RpcClient(
            transport, new Target { Topic = Unique("nobody") }, new RpcClientOptions { Timeout = TimeSpan.FromMinutes(10) })
            .CallAsync(Context, "echo", null, Timeout).AsTask();

        await transport.DisposeAsync().AsTask().WaitAsync(Patience);

        // The first call may be about to connect yet.
        Exception? error = await Record.ExceptionAsync(() => call.WaitAsync(Patience));
        Assert.True(error is MessagingException or ObjectDisposedException, $"{error}");
    }

    [Fact]
    public async Task ExceptionOfTheMethodReachesTheCaller()
    {
        await using Transport transport = await Fixture.OpenAsync();
        string topic = Unique("topic");
        await using RpcServer server = await ServeAsync(transport, topic, "a", Answering("a"));

        RemoteErrorException error = await Assert.ThrowsAsync<RemoteErrorException>(() => new RpcClient(
            transport, new Target { Topic = topic }).CallAsync(Context, "fail", new JsonObject { ["message"] = "bad value" }, Timeout).AsTask());

        Assert.Equal(("builtins", "ValueError", "bad value"), (error.Failure.Module, error.Failure.Class, error.Failure.Message));
        Assert.NotEmpty(error.Failure.Traceback);
    }

    [Fact]
    public async Task UnknownMethodIsNoSuchMethod()
    {
        await using Transport transport = await Fixture.OpenAsync();
        string topic = Unique("topic");
        await using RpcServer server = await ServeAsync(transport, topic, "a", Answering("a"));

        RemoteErrorException error = await Assert.ThrowsAsync<RemoteErrorException>(
            () => new RpcClient(transport, new Target { Topic = topic }).CallAsync(Context, "absent", null, Timeout).AsTask());

        Assert.Equal(MessagingErrorReason.NoSuchMethod, error.Reason);
        Assert.Equal("Endpoint does not support RPC method absent", error.Failure.Message);
    }

    [Fact]
    public async Task VersionAndNamespaceChooseTheEndpoint()
    {
        await using Transport transport = await Fixture.OpenAsync();
        string topic = Unique("topic");
        await using RpcServer server = await ServeAsync(
            transport, topic, "s", Answering("plain"), Answering("named", space: "ns", version: "1.3"), Answering("two", version: "2.1"));
        var client = new RpcClient(transport, new Target { Topic = topic });

        Assert.Equal("plain", await AskAsync(client));
        Assert.Equal("named", await AskAsync(client.Prepare(t => t with { Namespace = "ns", Version = "1.3" })));
        Assert.Equal("two", await AskAsync(client.Prepare(t => t with { Version = "2.0" })));
        RemoteErrorException error = await Assert.ThrowsAsync<RemoteErrorException>(
            () => AskAsync(client.Prepare(t => t with { Version = "2.2" })));
        Assert.Equal(MessagingErrorReason.UnsupportedVersion, error.Reason);
        Assert.Equal("Endpoint does not support RPC version 2.2. Attempted method: whoami", error.Failure.Message);

        static async Task<string?> AskAsync(RpcClient client) => (await client.CallAsync(Context, "whoami", null, Timeout)).GetString();
    }

    [Fact]
    public async Task HeartbeatsOfTheServerKeepALongCallAlive()
    {
        await using Transport transport = await Fixture.OpenAsync();
        string topic = Unique("topic");
        var endpoint = new RpcEndpoint().Map("slow", async (_, cancellationToken) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(3.5), cancellationToken);
            return JsonValue.Create("done");
        });
        await using RpcServer server = await ServeAsync(transport, topic, "a", endpoint);
        var client = new RpcClient(transport, new Target { Topic = topic }, new RpcClientOptions
        {
            Timeout = TimeSpan.FromSeconds(15),
            CallMonitorTimeout = 2,
        });

        Assert.Equal("done", (await client.CallAsync(Context, "slow", null, Timeout)).GetString());
    }

    [Fact]
    public async Task SilenceEndsACallWithAMonitorBeforeItsDeadline()
    {
        await using Transport transport = await Fixture.OpenAsync();
        var client = new RpcClient(transport, new Target { Topic = Unique("nobody") }, new RpcClientOptions
        {
            Timeout = TimeSpan.FromSeconds(60),
            CallMonitorTimeout = 2,
        });

        MessagingTimeoutException error = await Assert.ThrowsAsync<MessagingTimeoutException>(
            () => client.CallAsync(Context, "slow", null, Timeout).AsTask());

        Assert.Contains("heartbeat", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConcurrentCallsGetTheirOwnReplies()
    {
        await using Transport transport = await Fixture.OpenAsync();
        string topic = Unique("topic");
        await using RpcServer server = await ServeAsync(transport, topic, "a", Answering("a"));
        var client = new RpcClient(transport, new Target { Topic = topic });

        int[] answers = await Task.WhenAll(Enumerable.Range(0, 500).Select(async n =>
            (await client.CallAsync(Context, "echo", new JsonObject { ["n"] = n }, Timeout)).GetProperty("n").GetInt32()));

        Assert.Equal(Enumerable.Range(0, 500), answers);
    }

    [Fact]
    public async Task EndpointAnswersToTheNamespacesThatItHadBefore()
    {
        await using Transport transport = await Fixture.OpenAsync();
        string topic = Unique("topic");
        var renamed = new RpcEndpoint { Namespace = "new", LegacyNamespaces = ["old", null] }
            .Map("whoami", (_, _) => ValueTask.FromResult<Payload>(JsonValue.Create("renamed")));
        await using RpcServer server = await ServeAsync(transport, topic, "s", renamed);
        var client = new RpcClient(transport, new Target { Topic = topic });

        foreach (string? space in new[] { "new", "old", null })
        {
            JsonElement answer = await client.Prepare(t => t with { Namespace = space }).CallAsync(Context, "whoami", null, Timeout);
            Assert.Equal("renamed", answer.GetString());
        }

        RemoteErrorException error = await Assert.ThrowsAsync<RemoteErrorException>(
            () => client.Prepare(t => t with { Namespace = "other" }).CallAsync(Context, "whoami", null, Timeout).AsTask());
        Assert.Equal(MessagingErrorReason.UnsupportedVersion, error.Reason);
    }

    [Fact]
    public async Task ServersOfOneTopicOnTwoExchangesDoNotMeetByName()
    {
        await using Transport transport = await Fixture.OpenAsync();
        string topic = Unique("topic");
        string exchange = Unique("exchange");
        var ran = Channel.CreateUnbounded<string>();
        await using var server = new RpcServer(
            transport, new Target { Topic = topic, Server = "x", Exchange = exchange }, [Answering("x", ran)]);
        await server.StartAsync(Timeout);

        await new RpcClient(transport, new Target { Topic = topic, Exchange = exchange }).CastAsync(Context, "echo", null, Timeout);
        Assert.Equal("x:echo", await ran.Reader.ReadAsync(Timeout));
    }
}
