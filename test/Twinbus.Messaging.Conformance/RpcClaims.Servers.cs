using System.Text.Json;
using System.Text.Json.Nodes;
using Twinbus.Messaging.Rpc;
using Xunit;

namespace Twinbus.Messaging.Conformance;

/// <content>How a server runs its methods, and how it stops.</content>
public abstract partial class RpcClaims
{
    [Fact]
    public async Task StoppingAServerLeavesWhatWaitsToTheOthers()
    {
        await using Transport transport = await Fixture.OpenAsync();
        string topic = Unique("topic");
        var started = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var slow = new RpcEndpoint().Map("slow", async (_, _) =>
        {
            started.SetResult();
            await release.Task;
            return JsonValue.Create("finished");
        });
        var stopped = new RpcServer(
            transport, new Target { Topic = topic, Server = "a" }, [slow], new RpcServerOptions { MaxConcurrency = 1 });
        await stopped.StartAsync(Timeout);
        var client = new RpcClient(transport, new Target { Topic = topic });
        Task<JsonElement> running = client.CallAsync(Context, "slow", null, Timeout).AsTask();
        await started.Task.WaitAsync(Patience);
        Task<JsonElement>[] waiting = [.. Enumerable.Range(0, 5).Select(_ => client.CallAsync(Context, "whoami", null, Timeout).AsTask())];

        await using RpcServer other = await ServeAsync(transport, topic, "b", Answering("b"));
        await client.Prepare(target => target with { Server = "b" }).CallAsync(Context, "whoami", null, Timeout);
        Task stopping = stopped.StopAsync(Timeout).AsTask();

        foreach (Task<JsonElement> call in waiting)
        {
            Assert.Equal("b", (await call).GetString());
        }

        Assert.False(stopping.IsCompleted);
        release.SetResult();
        await stopping;
        Assert.Equal("finished", (await running).GetString());
    }

    [Fact]
    public async Task ARequestThatWasDeliveredBeforeIsMarked()
    {
        await using Transport transport = await Fixture.OpenAsync();
        await UntilHeldAsync(async () => (await CallHeldByAStoppingServerAsync(transport, new RpcServerOptions())).GetBoolean());
    }

    [Fact]
    public async Task ARequestThatWasDeliveredBeforeIsRefusedWhereThatIsAskedFor()
    {
        await using Transport transport = await Fixture.OpenAsync();
        await UntilHeldAsync(async () =>
        {
            try
            {
                Assert.False((await CallHeldByAStoppingServerAsync(transport, new RpcServerOptions { RefuseRedelivered = true })).GetBoolean());
                return false;
            }
            catch (RemoteErrorException refused)
            {
                Assert.Equal(MessagingErrorReason.MayHaveRun, refused.Reason);
                Assert.Contains("may have run", refused.Message, StringComparison.Ordinal);
                return true;
            }
        });
    }

    // Whether the first server had the request before it was stopped is up to the bus: mostly it had.
    private static async Task UntilHeldAsync(Func<Task<bool>> wasHeld)
    {
        for (int attempt = 0; attempt < 20; attempt++)
        {
            if (await wasHeld())
            {
                return;
            }
        }

        Assert.Fail("In 20 attempts no request that a stopping server gave back was marked.");
    }

    // The first server's one slot is taken, so it holds the call that is made then, and its stop gives that to the second.
    private static async Task<JsonElement> CallHeldByAStoppingServerAsync(Transport transport, RpcServerOptions second)
    {
        string topic = Unique("topic");
        var started = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var slow = new RpcEndpoint().Map("slow", async (_, _) =>
        {
            started.TrySetResult();
            await release.Task;
            return JsonValue.Create("finished");
        });
        var stopped = new RpcServer(
            transport, new Target { Topic = topic, Server = "a" }, [slow], new RpcServerOptions { MaxConcurrency = 1 });
        await stopped.StartAsync(Timeout);
        var client = new RpcClient(transport, new Target { Topic = topic });
        Task<JsonElement> running = client.CallAsync(Context, "slow", null, Timeout).AsTask();
        await started.Task.WaitAsync(Patience);

        Task<JsonElement> held = client.CallAsync(Context, "marked", null, Timeout).AsTask();
        await client.Prepare(target => target with { Server = "a" }).CastAsync(Context, "slow", null, Timeout);
        Task stopping = stopped.StopAsync(Timeout).AsTask();
        var marked = new RpcEndpoint().Map("marked", (request, _) => ValueTask.FromResult<Payload>(JsonValue.Create(request.Redelivered)));
        await using var other = new RpcServer(transport, new Target { Topic = topic, Server = "b" }, [marked], second);
        await other.StartAsync(Timeout);
        try
        {
            return await held;
        }
        finally
        {
            release.SetResult();
            await stopping;
            await running;
        }
    }

    [Fact]
    public async Task StoppingAServerFinishesWhatRuns()
    {
        await using Transport transport = await Fixture.OpenAsync();
        string topic = Unique("topic");
        var started = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var endpoint = new RpcEndpoint().Map("slow", async (_, _) =>
        {
            started.SetResult();
            await release.Task;
            return JsonValue.Create("finished");
        });
        RpcServer server = await ServeAsync(transport, topic, "a", endpoint);
        Task<JsonElement> call = new RpcClient(transport, new Target { Topic = topic }).CallAsync(Context, "slow", null, Timeout).AsTask();
        await started.Task.WaitAsync(Patience);

        Task stopping = server.StopAsync(Timeout).AsTask();
        Assert.False(stopping.IsCompleted);
        release.SetResult();
        await stopping;

        Assert.Equal("finished", (await call).GetString());
    }

    [Fact]
    public async Task NoMoreMethodsRunAtOnceThanAllowed()
    {
        await using Transport transport = await Fixture.OpenAsync();
        string topic = Unique("topic");
        int running = 0;
        int most = 0;
        var endpoint = new RpcEndpoint().Map("work", async (_, cancellationToken) =>
        {
            int now = Interlocked.Increment(ref running);
            InterlockedMax(ref most, now);
            await Task.Delay(20, cancellationToken);
            Interlocked.Decrement(ref running);
            return Payload.Null;
        });
        await using var server = new RpcServer(
            transport, new Target { Topic = topic, Server = "a" }, [endpoint], new RpcServerOptions { MaxConcurrency = 3 });
        await server.StartAsync(Timeout);
        var client = new RpcClient(transport, new Target { Topic = topic });

        await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => client.CallAsync(Context, "work", null, Timeout).AsTask()));

        Assert.Equal(3, most);

        static void InterlockedMax(ref int target, int value)
        {
            int seen;
            while (value > (seen = Volatile.Read(ref target)) && Interlocked.CompareExchange(ref target, value, seen) != seen)
            {
            }
        }
    }

    [Fact]
    public async Task MethodsOfAServerThatHasItsHandsFullCanCallOnOverTheirOwnTransport()
    {
        await using Transport transport = await Fixture.OpenAsync();
        string front = Unique("front");
        string back = Unique("back");
        var onward = new RpcClient(transport, new Target { Topic = back });
        var asking = new RpcEndpoint().Map(
            "ask", async (request, cancellationToken) => await onward.CallAsync(request.Context, "echo", JsonObject.Create(request.ReadArguments()), cancellationToken));
        var few = new RpcServerOptions { MaxConcurrency = 2 };
        await using var first = new RpcServer(transport, new Target { Topic = front, Server = "a" }, [asking], few);
        await using var second = new RpcServer(transport, new Target { Topic = back, Server = "b" }, [Answering("b")], few);
        await first.StartAsync(Timeout);
        await second.StartAsync(Timeout);
        var client = new RpcClient(transport, new Target { Topic = front });

        JsonElement[] answers = await Task.WhenAll(
            Enumerable.Range(0, 200).Select(n => client.CallAsync(Context, "ask", new JsonObject { ["n"] = n }, Timeout).AsTask()));

        Assert.Equal(Enumerable.Range(0, 200), answers.Select(answer => answer.GetProperty("n").GetInt32()));
    }
}
