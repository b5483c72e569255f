using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Twinbus.Messaging.Rpc;

namespace Twinbus.Messaging.Interop.Peers;

/// <summary>A Twinbus server with the methods that the Python peer has (Python/endpoints.py), so that either can stand in.</summary>
internal sealed class TwinbusServer : IAsyncDisposable
{
    private readonly Channel<JsonObject> recorded = Channel.CreateUnbounded<JsonObject>();
    private readonly RpcServer server;

    private TwinbusServer(Transport transport, string topic, string name)
    {
        RpcEndpoint general = new RpcEndpoint()
            .Map("ping", (_, _) => Answer("pong"))
            .Map("echo", (request, _) => ValueTask.FromResult((Payload)request.ReadArguments()))
            .Map("server_name", (_, _) => Answer(name))
            .Map("context", (request, _) => ValueTask.FromResult((Payload)ContextOf(request)))
            .Map("nothing", (_, _) => ValueTask.FromResult(Payload.Null))
            .Map("sleep", SleepAsync)
            .Map("value", (_, _) => ValueTask.FromResult((Payload)JsonNode.Parse("1000000000000000000000000000000")))
            .Map("fail", (request, _) => throw Python("ValueError", $"('{Text(request, "message")}', 7)", [Text(request, "message"), 7]))
            .Map("fail_own", (request, _) => throw new QuotaExceededException(Text(request, "resource"), 3))
            .Map("fail_any", (request, _) => throw new InvalidOperationException(Text(request, "message")))
            .Map("fail_expected", (request, _) => throw Python("KeyError", $"'{Text(request, "key")}'", [Text(request, "key")]))
            .Map("record", (request, _) =>
            {
                recorded.Writer.TryWrite(new JsonObject
                {
                    ["args"] = JsonObject.Create(request.ReadArguments()), ["context"] = ContextOf(request),
                });
                return ValueTask.FromResult(Payload.Null);
            });
        RpcEndpoint arithmetic = new RpcEndpoint { Namespace = "arithmetic", Version = "1.3" }
            .Map("add", (request, _) => Answer(Number(request, "left") + Number(request, "right")));
        server = new RpcServer(transport, new Target { Topic = topic, Server = name }, [general, arithmetic]);
    }

    /// <summary>What <c>record</c> got, in order.</summary>
    public ChannelReader<JsonObject> Recorded => recorded.Reader;

    public static async Task<TwinbusServer> StartAsync(Transport transport, string topic, string name, CancellationToken cancellationToken)
    {
        TwinbusServer started = new(transport, topic, name);
        await started.server.StartAsync(cancellationToken);
        return started;
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private static RpcFailureException Python(string type, string message, JsonArray arguments) => new(new RpcFailure
    {
        Class = type, Module = "builtins", Message = message, Arguments = JsonSerializer.SerializeToElement(arguments),
    });

    private static async ValueTask<Payload> SleepAsync(RpcRequest request, CancellationToken cancellationToken)
    {
        // The method under test is one that takes long: this is the work, not a wait for something to happen.
        await Task.Delay(TimeSpan.FromSeconds(request.ReadArguments().GetProperty("seconds").GetDouble()), cancellationToken);
        return (JsonNode?)"slept";
    }

    private static ValueTask<Payload> Answer(JsonNode? value) => ValueTask.FromResult((Payload)value);

    private static string Text(RpcRequest request, string name) => request.ReadArguments().GetProperty(name).GetString()!;

    private static int Number(RpcRequest request, string name) => request.ReadArguments().GetProperty(name).GetInt32();

    private static JsonObject ContextOf(RpcRequest request) =>
        new(request.Context.Select(entry => KeyValuePair.Create(entry.Key, JsonSerializer.SerializeToNode(entry.Value))));
}
