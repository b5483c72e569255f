using System.Text.Json;
using System.Text.Json.Nodes;
using Twinbus.Messaging.Interop.Peers;
using Twinbus.Messaging.Interop.Wire;
using Twinbus.Messaging.Notifications;
using Twinbus.Messaging.Rpc;
using Twinbus.Testing;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.Interop;

/// <summary>Twinbus, in a conversation that real oslo.messaging had, says the same to the broker.</summary>
[Trait("Needs", "Broker")]
public sealed class TranscriptTests(RabbitMqFixture broker)
{
    private const string Topic = "golden-topic";

    private static readonly string[] Declarations = ["exchange.declare", "queue.declare", "queue.bind", "queue.delete", "basic.consume"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // A message that Twinbus compresses would say nothing more to Python, so it does not: it only reads such messages.
    public static TheoryData<string> Conversations =>
        [.. Conversation.All.Select(conversation => conversation.Name).Where(name => !name.EndsWith("-compression", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Conversations))]
    public async Task TwinbusSaysWhatPythonSaid(string name)
    {
        Conversation conversation = Conversation.All.Single(candidate => candidate.Name == name);
        RabbitMqVirtualHost host = await broker.CreateVirtualHostAsync(Cancellation);
        await using WireTap clientTap = new(host.Port);
        await using WireTap serverTap = new(host.Port);
        await using (Transport answering = Bus.Open(serverTap.Through(host).TransportUrl + conversation.Options, QuotaExceededException.Registered))
        await using (Transport asking = Bus.Open(clientTap.Through(host).TransportUrl + conversation.Options))
        {
            JsonObject command = conversation.ClientArguments("", Topic);
            await (conversation.IsRpc ? TalkAsync(conversation, answering, asking, command) : NotifyAsync(conversation, answering, asking, command));
        }

        AssertSame(Golden($"{name}.client.json"), clientTap.Captures);
        AssertSame(Golden($"{name}.server.json"), serverTap.Captures);
    }

    private static IReadOnlyList<Capture> Golden(string file) => Transcript.Read(GoldenFile.Read(file));

    private static void AssertSame(IReadOnlyList<Capture> golden, IReadOnlyList<Capture> captures)
    {
        Assert.Equal(Said(golden, "basic.publish"), Said(captures, "basic.publish"));
        // How often a declaration is repeated follows from how many channels there are, which is each client's own affair.
        foreach (string method in Declarations)
        {
            Assert.Equal(Said(golden, method).Distinct(), Said(captures, method).Distinct());
        }
    }

    private static IEnumerable<string> Said(IEnumerable<Capture> captures, string method) =>
        Transcript.Normalize(captures.Where(capture => capture.Method == method && !IsTidying(capture)))
            .Select(WithoutPriority)
            .Order(StringComparer.Ordinal);

    // Python leaves its reply queue to expire, in half an hour; Twinbus takes it along.
    private static bool IsTidying(Capture capture) =>
        capture.Method == "queue.delete" && ((string)capture.Arguments["queue"]!).StartsWith("reply_", StringComparison.Ordinal);

    // No priority and priority 0 are one to a broker, and RabbitMQ.Client cannot send the latter.
    private static string WithoutPriority(string said) => said.Replace(""","priority":0""", "", StringComparison.Ordinal);

    private static async Task TalkAsync(Conversation conversation, Transport answering, Transport asking, JsonObject command)
    {
        await using TwinbusServer server = await TwinbusServer.StartAsync(answering, Topic, "golden-server", Cancellation);
        RpcClient client = new(
            asking,
            new Target
            {
                Topic = Topic, Namespace = (string?)command["namespace"], Version = (string?)command["version"],
                Server = (string?)command["server"], Fanout = (bool?)command["fanout"] ?? false,
            },
            new RpcClientOptions
            {
                Timeout = (double?)command["timeout"] is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
                CallMonitorTimeout = (int?)command["call_monitor_timeout"],
            });
        MessageContext context = MessageContext.From(command["context"]?.AsObject() ?? []);
        JsonObject arguments = command["args"]?.DeepClone().AsObject() ?? [];
        if (conversation.Client == "cast")
        {
            await client.CastAsync(context, (string)command["method"]!, arguments, Cancellation);
            await server.Recorded.ReadAsync(Cancellation);
            return;
        }

        Task<JsonElement> call = client.CallAsync(context, (string)command["method"]!, arguments, Cancellation).AsTask();
        if (conversation.Fails)
        {
            await Assert.ThrowsAnyAsync<Exception>(() => call);
            return;
        }

        await call;
    }

    private static async Task NotifyAsync(Conversation conversation, Transport hearing, Transport telling, JsonObject command)
    {
        TaskCompletionSource heard = new(TaskCreationOptions.RunContinuationsAsynchronously);
        NotificationEndpoint endpoint = new NotificationEndpoint().OnAny((_, _) =>
        {
            heard.TrySetResult();
            return ValueTask.CompletedTask;
        });
        NotificationListenerOptions options = new() { Pool = (string?)JsonNode.Parse(conversation.Server)!["pool"] };
        await using NotificationListener listener = new(hearing, [new Target { Topic = Topic }], [endpoint], options);
        await listener.StartAsync(Cancellation);
        Notifier notifier = new(
            telling, (string)command["publisher_id"]!, new NotifierOptions { Topics = [Topic], Enveloped = (string?)command["driver"] == "messagingv2" });
        Assert.True(NotificationPriorityNames.TryParse((string?)command["priority"], out NotificationPriority priority));
        await notifier.NotifyAsync(
            MessageContext.From(command["context"]!.AsObject()), priority, (string)command["event_type"]!, command["payload"], Cancellation);
        await heard.Task.WaitAsync(Cancellation);
    }
}
