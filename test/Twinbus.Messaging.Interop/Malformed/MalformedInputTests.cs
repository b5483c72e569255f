using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Twinbus.Messaging.Interop.Peers;
using Twinbus.Messaging.Interop.Wire;
using Twinbus.Messaging.Notifications;
using Twinbus.Messaging.Rpc;
using Twinbus.Testing;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.Interop.Malformed;

/// <summary>Whatever comes in: it is settled as the original settles it, the log says why, and the next message is served.</summary>
[Trait("Needs", "Broker")]
public sealed class MalformedInputTests(RabbitMqFixture broker)
{
    private const string Topic = "malformed";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AServerSettlesMalformedRequestsAsTheOriginalDoesAndStillAnswers()
    {
        RabbitMqVirtualHost host = await broker.CreateVirtualHostAsync(Cancellation);
        await using WireTap tap = new(host.Port);
        using LogMemory log = new();
        await using Transport transport = Bus.Open(tap.Through(host).TransportUrl, logs: log);
        await using TwinbusServer server = await TwinbusServer.StartAsync(transport, Topic, "s", Cancellation);
        IReadOnlyDictionary<string, string> dispositions =
            await Dispositions.OfAsync(MalformedMessage.Requests, host, tap, "openstack", Topic, Cancellation);
        GoldenFile.Matches(Dispositions.Write(dispositions), "malformed-requests.json");
        AssertEachRejectionHasAReason(dispositions, log);
        await AnswersAsync(host);
    }

    [Fact]
    public async Task AListenerSettlesMalformedNotificationsAsTheOriginalDoesAndStillHears()
    {
        RabbitMqVirtualHost host = await broker.CreateVirtualHostAsync(Cancellation);
        await using WireTap tap = new(host.Port);
        using LogMemory log = new();
        await using Transport transport = Bus.Open(tap.Through(host).TransportUrl, logs: log);
        TaskCompletionSource heard = new(TaskCreationOptions.RunContinuationsAsynchronously);
        NotificationEndpoint endpoint = new NotificationEndpoint().OnAny((notification, _) =>
        {
            if (notification.EventType == "well.formed")
            {
                heard.TrySetResult();
            }

            return ValueTask.CompletedTask;
        });
        await using NotificationListener listener = new(transport, [new Target { Topic = Topic }], [endpoint]);
        await listener.StartAsync(Cancellation);
        IReadOnlyDictionary<string, string> dispositions =
            await Dispositions.OfAsync(MalformedMessage.Notifications, host, tap, "openstack", $"{Topic}.info", Cancellation);
        GoldenFile.Matches(Dispositions.Write(dispositions), "malformed-notifications.json");
        AssertEachRejectionHasAReason(dispositions, log);
        await new Notifier(transport, "p", new NotifierOptions { Topics = [Topic] }).InfoAsync(MessageContext.Empty, "well.formed", (JsonNode)1, Cancellation);
        await heard.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancellation);
    }

    [Fact]
    public async Task AClientReadsItsReplyFromAmongMalformedOnes()
    {
        RabbitMqVirtualHost host = await broker.CreateVirtualHostAsync(Cancellation);
        await using WireTap tap = new(host.Port);
        using LogMemory log = new();
        await using Transport serving = Bus.Open(host.TransportUrl);
        await using TwinbusServer server = await TwinbusServer.StartAsync(serving, Topic, "s", Cancellation);
        await using Transport calling = Bus.Open(tap.Through(host).TransportUrl, logs: log);
        RpcClient client = new(calling, new Target { Topic = Topic });
        Task<JsonElement> call = client.CallAsync(MessageContext.Empty, "sleep", new JsonObject { ["seconds"] = 2 }, Cancellation).AsTask();
        Capture? consuming = await tap.NextAsync(capture => capture.Method == "basic.consume", TimeSpan.FromSeconds(10), Cancellation);
        string replyQueue = (string)consuming!.Arguments["queue"]!;
        IReadOnlyDictionary<string, string> dispositions = await Dispositions.OfAsync(MalformedMessage.Replies, host, tap, "", replyQueue, Cancellation);
        Assert.DoesNotContain("neither", dispositions.Values);
        Assert.DoesNotContain("requeued", dispositions.Values);
        Assert.Equal("slept", (await call).GetString());
        AssertEachRejectionHasAReason(dispositions, log);
    }

    [Fact]
    public async Task ABodyBeyondTheLimitIsRejectedUnread()
    {
        RabbitMqVirtualHost host = await broker.CreateVirtualHostAsync(Cancellation);
        await using WireTap tap = new(host.Port);
        using LogMemory log = new();
        await using Transport transport = Bus.Open(tap.Through(host).TransportUrl, logs: log);
        await using TwinbusServer server = await TwinbusServer.StartAsync(transport, Topic, "s", Cancellation);
        byte[] body = new byte[100_000_000];
        Array.Fill(body, (byte)'1');
        IReadOnlyDictionary<string, string> dispositions =
            await Dispositions.OfAsync([new MalformedMessage("100 MB", body)], host, tap, "openstack", Topic, Cancellation);
        Assert.Equal("rejected", dispositions["100 MB"]);
        AssertEachRejectionHasAReason(dispositions, log);
        await AnswersAsync(host);
    }

    private static void AssertEachRejectionHasAReason(IReadOnlyDictionary<string, string> dispositions, LogMemory log) =>
        Assert.True(
            log.Warnings.Count >= dispositions.Values.Count(disposition => disposition == "rejected"),
            $"{log.Warnings.Count} warnings for {dispositions.Count} messages:\n{string.Join('\n', log.Warnings)}");

    private static async Task AnswersAsync(RabbitMqVirtualHost host)
    {
        await using Transport calling = Bus.Open(host.TransportUrl);
        JsonElement answer = await new RpcClient(calling, new Target { Topic = Topic }).CallAsync(MessageContext.Empty, "ping", cancellationToken: Cancellation);
        Assert.Equal("pong", answer.GetString());
    }

    /// <summary>Keeps what was warned of.</summary>
    private sealed class LogMemory : ILoggerFactory, ILogger
    {
        private readonly ConcurrentQueue<string> warnings = new();

        public ConcurrentQueue<string> Warnings => warnings;

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("This log has one place.");

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            ArgumentNullException.ThrowIfNull(formatter);
            if (IsEnabled(logLevel))
            {
                warnings.Enqueue(formatter(state, exception));
            }
        }

        public void Dispose()
        {
            // Nothing is held.
        }
    }
}
