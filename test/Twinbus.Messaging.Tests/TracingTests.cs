using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Twinbus.Messaging.Notifications;
using Twinbus.Messaging.Rpc;
using Xunit;

namespace Twinbus.Messaging.Tests;

/// <summary>Spans and durations under OpenTelemetry's messaging names: they say the topic at both ends of a message.</summary>
public sealed class TracingTests : IDisposable
{
    private const string Source = "Twinbus.Messaging";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly string topic = $"traced.{Guid.NewGuid():N}";
    private readonly Channel<Activity> spans = Channel.CreateUnbounded<Activity>();
    private readonly ConcurrentQueue<string> durations = new();
    private readonly ConcurrentQueue<string> counts = new();
    private readonly ConcurrentQueue<string> placed = new();
    private readonly ConcurrentQueue<Instrument> instruments = new();
    private readonly ActivityListener activities;
    private readonly MeterListener meters = new();

    public TracingTests()
    {
        activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Source,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = Keep,
        };
        ActivitySource.AddActivityListener(activities);
        meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == Source)
            {
                instruments.Enqueue(instrument);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        meters.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Keep(instrument, tags));
        meters.SetMeasurementEventCallback<long>((instrument, count, tags, _) => Keep(instrument, count, tags));
        meters.Start();
    }

    public void Dispose()
    {
        activities.Dispose();
        meters.Dispose();
    }

    [Fact]
    public async Task CallIsASpanOfTheClientAndOneOfTheServer()
    {
        await using var transport = Transport.Create("fake://");
        await using RpcServer server = await ServeAsync(transport);

        await new RpcClient(transport, new Target { Topic = topic }).CallAsync(MessageContext.Empty, "ping");

        Assert.Equal(
            [$"Client call {topic} fake call {topic} Unset", $"Server process {topic} fake process {topic} Unset"], await TakeAsync(2));
        Assert.Equal(
            [$"messaging.client.operation.duration s fake call {topic} ", $"messaging.process.duration s fake process {topic} "],
            durations.Order());
        Assert.Equal(
            [$"messaging.client.consumed.messages {{message}} 1 process {topic} ", $"messaging.client.sent.messages {{message}} 1 call {topic} "],
            counts.Order());
    }

    [Fact]
    public async Task SpansAndDurationsHaveWhatTheConventionsRequire()
    {
        await using var transport = Transport.Create("fake://bus.example:5672/");
        await using RpcServer server = await ServeAsync(transport);

        await new RpcClient(transport, new Target { Topic = topic }).CallAsync(MessageContext.Empty, "ping");

        Activity[] made = [await spans.Reader.ReadAsync(), await spans.Reader.ReadAsync()];
        Assert.Equal(["process", "send"], made.Select(span => span.GetTagItem("messaging.operation.type")).Order());
        Assert.All(made, span => Assert.Equal(
            ("bus.example", 5672), (span.GetTagItem("server.address"), span.GetTagItem("server.port"))));
        Assert.Equal(
            ["messaging.client.operation.duration send bus.example 5672", "messaging.process.duration process bus.example 5672"],
            placed.Order());
        Assert.All(
            instruments.OfType<Histogram<double>>(),
            histogram => Assert.Equal(0.005, histogram.Advice!.HistogramBucketBoundaries![0]));
        Assert.Equal(2, instruments.OfType<Histogram<double>>().Count());
    }

    [Fact]
    public async Task CastIsASpanOfAProducerAndOneOfAConsumer()
    {
        await using var transport = Transport.Create("fake://");
        await using RpcServer server = await ServeAsync(transport);

        await new RpcClient(transport, new Target { Topic = topic }).CastAsync(MessageContext.Empty, "ping");

        Assert.Equal(
            [$"Consumer process {topic} fake process {topic} Unset", $"Producer cast {topic} fake cast {topic} Unset"], await TakeAsync(2));
    }

    [Fact]
    public async Task FailedCallSaysSoAtTheClient()
    {
        await using var transport = Transport.Create("fake://");
        await using RpcServer server = await ServeAsync(transport);

        await Assert.ThrowsAsync<RemoteErrorException>(
            () => new RpcClient(transport, new Target { Topic = topic }).CallAsync(MessageContext.Empty, "absent").AsTask());

        Assert.Contains($"Client call {topic} fake call {topic} Error", await TakeAsync(2));
        Assert.Contains(
            $"messaging.client.operation.duration s fake call {topic} {typeof(RemoteErrorException).FullName}", durations);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("billing")]
    public async Task NotificationIsASpanByItsTopicAtBothEnds(string? pool)
    {
        await using var transport = Transport.Create("fake://");
        var endpoint = new NotificationEndpoint().On(NotificationPriority.Info, (_, _) => ValueTask.FromResult(NotificationResult.Handled));
        await using var listener = new NotificationListener(
            transport, [new Target { Topic = topic }], [endpoint], new NotificationListenerOptions { Pool = pool });
        await listener.StartAsync();

        await new Notifier(transport, "p", new NotifierOptions { Topics = [topic] }).InfoAsync(MessageContext.Empty, "compute.create", Payload.Null);

        Assert.Equal(
            [$"Consumer process {topic} fake process {topic} Unset", $"Producer notify {topic} fake notify {topic} Unset"], await TakeAsync(2));
        Assert.Contains($"messaging.process.duration s fake process {topic} ", durations);
    }

    [Fact]
    public async Task BatchIsOneSpanThatSaysHowManyAndWhetherItFailed()
    {
        await using var transport = Transport.Create("fake://");
        var notifier = new Notifier(transport, "p", new NotifierOptions { Topics = [topic] });
        var endpoint = new NotificationEndpoint().OnBatch(NotificationPriority.Info, (_, _) => throw new InvalidOperationException("no"));
        await using var listener = new NotificationListener(
            transport, [new Target { Topic = topic }], [endpoint],
            new NotificationListenerOptions { Batch = new NotificationBatchOptions(3, Patience) });
        await listener.StartAsync();
        for (int i = 0; i < 3; i++)
        {
            await notifier.InfoAsync(MessageContext.Empty, "e", JsonValue.Create(i));
        }

        Activity batch;
        do
        {
            batch = await spans.Reader.ReadAsync().AsTask().WaitAsync(Patience);
        }
        while (batch.Kind != ActivityKind.Consumer);

        Assert.Equal($"process {topic}", batch.DisplayName);
        Assert.Equal(3, batch.GetTagItem("messaging.batch.message_count"));
        Assert.Equal(ActivityStatusCode.Error, batch.Status);
        Assert.Contains($"messaging.client.consumed.messages {{message}} 3 process {topic} {typeof(InvalidOperationException).FullName}", counts);
    }

    private async Task<RpcServer> ServeAsync(Transport transport)
    {
        var server = new RpcServer(
            transport, new Target { Topic = topic, Server = "s" }, [new RpcEndpoint().Map("ping", (_, _) => ValueTask.FromResult(Payload.Null))]);
        await server.StartAsync();
        return server;
    }

    private async Task<string[]> TakeAsync(int count)
    {
        var taken = new List<string>();
        while (taken.Count < count)
        {
            Activity span = await spans.Reader.ReadAsync().AsTask().WaitAsync(Patience);
            taken.Add($"{span.Kind} {span.DisplayName} {span.GetTagItem("messaging.system")} {span.GetTagItem("messaging.operation.name")} "
                + $"{span.GetTagItem("messaging.destination.name")} {span.Status}");
        }

        return [.. taken.Order(StringComparer.Ordinal)];
    }

    // Other tests send too, at the same time.
    private void Keep(Activity span)
    {
        if (span.DisplayName.EndsWith(topic, StringComparison.Ordinal))
        {
            spans.Writer.TryWrite(span);
        }
    }

    private void Keep(Instrument instrument, long count, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var named = new Dictionary<string, object?>(tags.ToArray());
        if (topic.Equals(named["messaging.destination.name"]))
        {
            counts.Enqueue($"{instrument.Name} {instrument.Unit} {count} {named["messaging.operation.name"]} "
                + $"{named["messaging.destination.name"]} {named.GetValueOrDefault("error.type")}");
        }
    }

    private void Keep(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var named = new Dictionary<string, object?>(tags.ToArray());
        if (topic.Equals(named["messaging.destination.name"]))
        {
            placed.Enqueue($"{instrument.Name} {named["messaging.operation.type"]} {named.GetValueOrDefault("server.address")} "
                + $"{named.GetValueOrDefault("server.port")}");
            durations.Enqueue($"{instrument.Name} {instrument.Unit} {named["messaging.system"]} {named["messaging.operation.name"]} "
                + $"{named["messaging.destination.name"]} {named.GetValueOrDefault("error.type")}");
        }
    }
}
