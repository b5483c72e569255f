using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using RabbitMQ.Client.Events;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Rpc;
using Xunit;

namespace Twinbus.Messaging.RabbitMq.Tests;

/// <summary>What a server does with replies whose queue is not there, on a clock that the test turns.</summary>
[Trait("Needs", "Broker")]
public sealed class MissingReplyQueueTests(RabbitMqTransportFixture fixture) : IClassFixture<RabbitMqTransportFixture>, IDisposable
{
    private const int LogGone = 2061;
    private const int LogGivenUp = 2062;
    private const int LogLost = 2063;
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(250);

    private readonly RetryClock clock = new();
    private readonly LogMemory log = new();
    private readonly Channel<bool> release = Channel.CreateUnbounded<bool>();

    private static CancellationToken Timeout => new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token;

    public void Dispose() => log.Dispose();

    [Fact]
    public async Task EveryReplyHasAWholeMinuteOfItsOwn()
    {
        await using Transport transport = await OpenAsync();
        await using RpcServer server = await ServeAsync(transport, "minute");
        await using RawClient raw = await RawClient.ConnectAsync(await fixture.VirtualHostAsync());
        for (int round = 0; round < 2; round++)
        {
            // The second round begins after the first one's minute: it must not inherit what is left of that.
            await raw.CallAsync("minute", "ping", "reply_minute");
            await clock.RetryAsync(Timeout);
            await raw.Channel.QueueDeclareAsync("reply_minute", false, false, false);
            clock.Advance(RetryInterval);

            Channel<BasicDeliverEventArgs> arrived = await raw.ConsumeAsync("reply_minute");
            Assert.Contains("pong", Text(await arrived.Reader.ReadAsync(Timeout)), StringComparison.Ordinal);
            await raw.Channel.QueueDeleteAsync("reply_minute", ifUnused: false, ifEmpty: false);
            clock.Advance(TimeSpan.FromSeconds(61));
        }
    }

    [Fact]
    public async Task QueueThatStaysAwayForAMinuteIsGoneForTheNext()
    {
        await using Transport transport = await OpenAsync();
        await using RpcServer server = await ServeAsync(transport, "away");
        await using RawClient raw = await RawClient.ConnectAsync(await fixture.VirtualHostAsync());

        await raw.CallAsync("away", "ping", "reply_away");
        await clock.RetryAsync(Timeout);
        clock.Advance(TimeSpan.FromSeconds(59.7));
        await clock.RetryAsync(Timeout);
        clock.Advance(TimeSpan.FromSeconds(0.5));
        await log.NextAsync(LogGivenUp, Timeout);

        await raw.CallAsync("away", "ping", "reply_away");
        Assert.Contains("reply_away", await log.NextAsync(LogGone, Timeout), StringComparison.Ordinal);

        clock.Advance(TimeSpan.FromSeconds(60));
        await raw.CallAsync("away", "ping", "reply_away");
        await clock.RetryAsync(Timeout);
    }

    [Fact]
    public async Task HeartbeatOfACallerThatIsGoneIsNotTriedAgainAndItsReplyIs()
    {
        await using Transport transport = await OpenAsync();
        await using RpcServer server = await ServeAsync(transport, "beating");
        await using RawClient raw = await RawClient.ConnectAsync(await fixture.VirtualHostAsync());

        await raw.CallAsync("beating", "wait", "reply_beating", monitor: 4);
        await clock.HeartbeatAsync(TimeSpan.FromSeconds(2), Timeout);
        for (int beat = 0; beat < 3; beat++)
        {
            clock.Advance(TimeSpan.FromSeconds(2));
            Assert.Contains("reply_beating", await log.NextAsync(LogLost, Timeout), StringComparison.Ordinal);
        }

        Assert.False(clock.HasRetry);
        release.Writer.TryWrite(true);
        await clock.RetryAsync(Timeout);
        await raw.Channel.QueueDeclareAsync("reply_beating", false, false, true);
        Channel<BasicDeliverEventArgs> arrived = await raw.ConsumeAsync("reply_beating");
        clock.Advance(RetryInterval);

        // The first that arrives is the end: no heartbeat was kept.
        Assert.Contains("waited", Text(await arrived.Reader.ReadAsync(Timeout)), StringComparison.Ordinal);
    }

    private static string Text(BasicDeliverEventArgs delivery) => Encoding.UTF8.GetString(delivery.Body.Span);

    // On a clock that jumps, a broker that confirms in a moment seems to have been silent for a minute.
    private Task<Transport> OpenAsync() => fixture.OpenAsync(options => options with
    {
        TimeProvider = clock,
        LoggerFactory = log,
        Drivers = DriverRegistry.Of(new RabbitMqDriver(new RabbitMqOptions
        {
            Publishing = new RabbitPublishOptions { StalledTimeout = TimeSpan.FromDays(1) },
        })),
    });

    private async Task<RpcServer> ServeAsync(Transport transport, string topic)
    {
        var endpoint = new RpcEndpoint()
            .Map("ping", (_, _) => ValueTask.FromResult<Payload>(JsonValue.Create("pong")))
            .Map("wait", async (_, cancellationToken) =>
            {
                await release.Reader.ReadAsync(cancellationToken);
                return JsonValue.Create("waited");
            });
        var server = new RpcServer(transport, new Target { Topic = topic, Server = "s" }, [endpoint]);
        await server.StartAsync(Timeout);
        return server;
    }

    /// <summary>A clock that tells when somebody begins to wait on it.</summary>
    private sealed class RetryClock : FakeTimeProvider
    {
        private readonly Channel<bool> retries = Channel.CreateUnbounded<bool>();
        private readonly Channel<TimeSpan> periods = Channel.CreateUnbounded<TimeSpan>();

        public bool HasRetry => retries.Reader.TryPeek(out _);

        public async Task RetryAsync(CancellationToken cancellationToken) => await retries.Reader.ReadAsync(cancellationToken);

        public async Task HeartbeatAsync(TimeSpan interval, CancellationToken cancellationToken)
        {
            while (await periods.Reader.ReadAsync(cancellationToken) != interval)
            {
            }
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            ITimer timer = base.CreateTimer(callback, state, dueTime, period);
            if (dueTime == RetryInterval)
            {
                retries.Writer.TryWrite(true);
            }

            periods.Writer.TryWrite(period);
            return timer;
        }
    }
}
