using System.Text.Json.Serialization;
using Twinbus.Messaging;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Notifications;
using Twinbus.Messaging.RabbitMq;
using Twinbus.Messaging.Rpc;

// Reads a transport URL from standard input, serves on that bus, calls itself and notifies itself, and says what came of it.
string url = (await Console.In.ReadLineAsync())!;
await using var transport = Transport.Create(url, new TransportOptions { Drivers = DriverRegistry.Of(new RabbitMqDriver()) });

string self = $"peer-{Environment.ProcessId}";
RpcEndpoint endpoint = new RpcEndpoint { Version = "1.2" }
    .Map("add", PeerJson.Default.AddArguments, PeerJson.Default.Int32, (arguments, _, _) => ValueTask.FromResult(arguments.A + arguments.B))
    .Map("fail", PeerJson.Default.AddArguments, PeerJson.Default.Int32, (_, _, _) => throw new RpcFailureException("ValueError", "no"));
await using var server = new RpcServer(transport, new Target { Topic = "peer", Server = self }, [endpoint]);
await server.StartAsync();

var client = new RpcClient(transport, new Target { Topic = "peer", Server = self, Version = "1.1" });
int sum = await client.CallAsync(
    MessageContext.Empty.With("user", "u1"), "add", new AddArguments(2, 3), PeerJson.Default.AddArguments, PeerJson.Default.Int32);
Console.WriteLine($"2 + 3 = {sum}");
try
{
    await client.CallAsync(
        MessageContext.Empty, "fail", new AddArguments(2, 3), PeerJson.Default.AddArguments, PeerJson.Default.Int32);
}
catch (RemoteErrorException error)
{
    Console.WriteLine($"failed with {error.Failure.Class}");
}

var heard = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
NotificationEndpoint hearing = new NotificationEndpoint { Filter = new NotificationFilter(eventType: @"compute\.") }
    .On(NotificationPriority.Info, (notification, _) =>
    {
        heard.TrySetResult($"{notification.EventType} {notification.ReadPayload(PeerJson.Default.AddArguments)}");
        return ValueTask.FromResult(NotificationResult.Handled);
    });
await using var listener = new NotificationListener(transport, [new Target { Topic = self }], [hearing]);
await listener.StartAsync();
await new Notifier(transport, "peer", new NotifierOptions { Topics = [self] })
    .InfoAsync(MessageContext.Empty, "compute.create", Payload.From(new AddArguments(4, 5), PeerJson.Default.AddArguments));
Console.WriteLine($"heard {await heard.Task.WaitAsync(TimeSpan.FromSeconds(30))}");

internal sealed record AddArguments([property: JsonPropertyName("a")] int A, [property: JsonPropertyName("b")] int B);

[JsonSerializable(typeof(AddArguments))]
[JsonSerializable(typeof(int))]
internal sealed partial class PeerJson : JsonSerializerContext;
