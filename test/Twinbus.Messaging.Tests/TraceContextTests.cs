using System.Diagnostics;
using System.Threading.Channels;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Notifications;
using Twinbus.Messaging.Rpc;
using Xunit;

namespace Twinbus.Messaging.Tests;

/// <summary>A trace goes with a message, to its handler and to nobody else.</summary>
public sealed class TraceContextTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly AsyncLocal<string?> Caller = new();

    private readonly string topic = $"context.{Guid.NewGuid():N}";
    private readonly Channel<Activity?> current = Channel.CreateUnbounded<Activity?>();
    private readonly ActivityListener listener = new()
    {
        ShouldListenTo = source => source.Name == "Twinbus.Messaging",
        Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
    };

    public TraceContextTests() => ActivitySource.AddActivityListener(listener);

    public void Dispose() => listener.Dispose();

    [Fact]
    public async Task ServersSpanIsAChildOfTheCallers()
    {
        await using var transport = Transport.Create("fake://");
        await using RpcServer server = await ServeAsync(transport);
        using Activity outer = new Activity("outer").SetIdFormat(ActivityIdFormat.W3C).Start();
        outer.TraceStateString = "vendor=1";

        await new RpcClient(transport, new Target { Topic = topic }).CallAsync(MessageContext.Empty, "m");

        Activity process = (await current.Reader.ReadAsync())!;
        Assert.Equal((outer.TraceId, true, "vendor=1"), (process.TraceId, process.HasRemoteParent, process.TraceStateString));
        Assert.NotEqual(outer.SpanId, process.ParentSpanId);
    }

    [Fact]
    public async Task HandlersSpanIsAChildOfThePublishers()
    {
        await using var transport = Transport.Create("fake://");
        await using NotificationListener hearing = await HearAsync(transport, batch: null);
        using Activity outer = new Activity("outer").SetIdFormat(ActivityIdFormat.W3C).Start();

        await Notifier(transport).InfoAsync(MessageContext.Empty, "e", Payload.Null);

        Assert.Equal(outer.TraceId, (await current.Reader.ReadAsync())!.TraceId);
    }

    [Fact]
    public async Task BatchIsLinkedToItsPublishers()
    {
        await using var transport = Transport.Create("fake://");
        await using NotificationListener hearing = await HearAsync(transport, new NotificationBatchOptions(2, Patience));
        var traces = new List<ActivityTraceId>();
        for (int i = 0; i < 2; i++)
        {
            using Activity outer = new Activity("outer").SetIdFormat(ActivityIdFormat.W3C).Start();
            traces.Add(outer.TraceId);
            await Notifier(transport).InfoAsync(MessageContext.Empty, "e", Payload.Null);
        }

        Activity batch = (await current.Reader.ReadAsync())!;
        Assert.Equal(traces, batch.Links.Select(link => link.Context.TraceId));
        Assert.DoesNotContain(batch.TraceId, traces);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more")]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    [InlineData("zz-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    public void WhatIsNoTraceIsOverlooked(string parent) => Assert.Equal(default, new TraceContext(parent).ToActivityContext());

    [Fact]
    public async Task SendingLeavesTheCallersSpanCurrent()
    {
        await using var transport = Transport.Create("fake://");
        using Activity outer = new Activity("outer").Start();

        await new RpcClient(transport, new Target { Topic = topic }).CastAsync(MessageContext.Empty, "m");
        Assert.Same(outer, Activity.Current);
        await Notifier(transport).InfoAsync(MessageContext.Empty, "e", Payload.Null);
        Assert.Same(outer, Activity.Current);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task HandlersHaveNothingOfWhoeverStartedThem(bool inBatches)
    {
        await using var transport = Transport.Create("fake://");
        Caller.Value = "the first";
        await using RpcServer server = await ServeAsync(transport);
        await using NotificationListener hearing = await HearAsync(transport, inBatches ? new NotificationBatchOptions(1, Patience) : null);
        Caller.Value = null;

        await new RpcClient(transport, new Target { Topic = topic }).CallAsync(MessageContext.Empty, "m");
        await Notifier(transport).InfoAsync(MessageContext.Empty, "e", Payload.Null);

        for (int i = 0; i < 2; i++)
        {
            Activity span = (await current.Reader.ReadAsync())!;
            Assert.Null(span.GetCustomProperty("caller"));
        }
    }

    [Fact]
    public void TimersKeepNothingOfWhoeverStartedThem()
    {
        var time = new WatchedTime();
        using var calls = new PendingCalls(time);
        Assert.Equal(1, time.Made);
    }

    private async Task<RpcServer> ServeAsync(Transport transport)
    {
        RpcEndpoint endpoint = new RpcEndpoint().Map("m", (_, _) =>
        {
            Note();
            return ValueTask.FromResult(Payload.Null);
        });
        var server = new RpcServer(transport, new Target { Topic = topic, Server = "s" }, [endpoint], new RpcServerOptions { StartInline = true });
        await server.StartAsync();
        return server;
    }

    private async Task<NotificationListener> HearAsync(Transport transport, NotificationBatchOptions? batch)
    {
        var endpoint = new NotificationEndpoint();
        if (batch is null)
        {
            endpoint.On(NotificationPriority.Info, (_, _) => Keep());
        }
        else
        {
            endpoint.OnBatch(NotificationPriority.Info, (_, _) => Keep());
        }

        var hearing = new NotificationListener(
            transport, [new Target { Topic = topic }], [endpoint], new NotificationListenerOptions { Batch = batch });
        await hearing.StartAsync();
        return hearing;
    }

    private void Note()
    {
        Activity.Current?.SetCustomProperty("caller", Caller.Value);
        current.Writer.TryWrite(Activity.Current);
    }

    private ValueTask<NotificationResult> Keep()
    {
        Note();
        return ValueTask.FromResult(NotificationResult.Handled);
    }

    private Notifier Notifier(Transport transport) => new(transport, "p", new NotifierOptions { Topics = [topic] });

    private sealed class WatchedTime : TimeProvider
    {
        public int Made { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Assert.True(ExecutionContext.IsFlowSuppressed());
            Made++;
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
