using System.Text.Json.Serialization;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.RabbitMq;
using Twinbus.Messaging.Rpc;

namespace Twinbus.Messaging.Load.Contestants;

/// <summary>Twinbus as a service uses it: typed arguments and results, defaults in everything else.</summary>
internal sealed class TwinbusRpc(Transport transport) : IRpcContestant
{
    private const string Topic = "twinbus-topic";
    private static readonly EchoArguments Arguments = new(Workload.Text);
    private readonly RpcClient client = new(transport, new Target { Topic = Topic });

    public static async Task ServeAsync(string url)
    {
        RpcEndpoint endpoint = new RpcEndpoint().Map(
            "echo", LoadJson.Default.EchoArguments, LoadJson.Default.String, (arguments, _, _) => ValueTask.FromResult(arguments.Data));
        RpcServer server = new(Open(url), new Target { Topic = Topic, Server = "load" }, [endpoint]);
        await server.StartAsync();
    }

    public static Transport Open(string url) => Transport.Create(url, new TransportOptions { Drivers = DriverRegistry.Of(new RabbitMqDriver()) });

    public Task<Measurement> CallAsync(int outstanding, TimeSpan duration) => Workload.RunAsync(CallAsync, outstanding, duration);

    public ValueTask DisposeAsync() => transport.DisposeAsync();

    private async Task CallAsync() =>
        await client.CallAsync(MessageContext.Empty, "echo", Arguments, LoadJson.Default.EchoArguments, LoadJson.Default.String);
}

internal sealed record EchoArguments([property: JsonPropertyName("data")] string Data);

[JsonSerializable(typeof(EchoArguments))]
internal sealed partial class LoadJson : JsonSerializerContext;
