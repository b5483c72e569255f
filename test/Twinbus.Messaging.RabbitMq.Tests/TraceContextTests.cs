using System.Diagnostics;
using System.Text;
using System.Threading.Channels;
using RabbitMQ.Client.Events;
using Twinbus.Messaging.Notifications;
using Twinbus.Messaging.Rpc;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.RabbitMq.Tests;

/// <summary>A trace goes in a message's headers; and no loop keeps what its first caller had about it.</summary>
[Trait("Needs", "Broker")]
public sealed class TraceContextTests(RabbitMqTransportFixture fixture) : IClassFixture<RabbitMqTransportFixture>
{
    private static readonly AsyncLocal<string?> Caller = new();

    private static CancellationToken Timeout => new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;

    [Fact]
    public async Task TraceStandsInTheHeaders()
    {
        RabbitMqVirtualHost host = await fixture.VirtualHostAsync();
        await using Transport transport = await fixture.OpenAsync();
        await using RawClient raw = await RawClient.ConnectAsync(host);
        using Activity outer = new Activity("outer").SetIdFormat(ActivityIdFormat.W3C).Start();
        outer.TraceStateString = "vendor=1";

        await new Notifier(transport, "p", new NotifierOptions { Topics = ["traced"] }).InfoAsync(MessageContext.Empty, "e", Payload.Null, Timeout);

        BasicDeliverEventArgs delivery = await (await raw.ConsumeAsync("traced.info")).Reader.ReadAsync(Timeout);
        Assert.Contains(outer.TraceId.ToHexString(), Encoding.UTF8.GetString((byte[])delivery.BasicProperties.Headers!["traceparent"]!), StringComparison.Ordinal);
        Assert.Equal("vendor=1", Encoding.UTF8.GetString((byte[])delivery.BasicProperties.Headers["tracestate"]!));
    }

    [Fact]
    public async Task MethodsHaveTheirCallersTraceAndNothingOfWhoeverWasFirst()
    {
        await using Transport transport = await fixture.OpenAsync();
        var seen = Channel.CreateUnbounded<(string? Caller, string? Trace)>();
        RpcEndpoint endpoint = new RpcEndpoint().Map("m", (_, _) =>
        {
            seen.Writer.TryWrite((Caller.Value, Activity.Current?.TraceId.ToHexString()));
            return ValueTask.FromResult(Payload.Null);
        });
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Twinbus.Messaging",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        Caller.Value = "the first";
        using Activity first = new Activity("first").SetIdFormat(ActivityIdFormat.W3C).Start();
        await using var server = new RpcServer(
            transport, new Target { Topic = "detached", Server = "s" }, [endpoint], new RpcServerOptions { StartInline = true });
        await server.StartAsync(Timeout);
        var client = new RpcClient(transport, new Target { Topic = "detached" });
        await client.CallAsync(MessageContext.Empty, "m", null, Timeout);
        first.Stop();
        Caller.Value = "the second";
        using Activity second = new Activity("second").SetIdFormat(ActivityIdFormat.W3C).Start();

        await client.CallAsync(MessageContext.Empty, "m", null, Timeout);

        Assert.Equal((null, first.TraceId.ToHexString()), await seen.Reader.ReadAsync(Timeout));
        Assert.Equal((null, second.TraceId.ToHexString()), await seen.Reader.ReadAsync(Timeout));
    }

    [Fact]
    public async Task WhatFailsTooOftenIsInTheDeadLetterQueueWhenItIsAcknowledged()
    {
        RabbitMqVirtualHost host = await fixture.VirtualHostAsync();
        await using Transport transport = await fixture.OpenAsync();
        await using RawClient raw = await RawClient.ConnectAsync(host);
        var counts = Channel.CreateUnbounded<int>();
        var endpoint = new NotificationEndpoint().On(NotificationPriority.Info, (notification, _) =>
        {
            counts.Writer.TryWrite(notification.DeliveryCount);
            throw new InvalidOperationException("poison");
        });
        await using var listener = new NotificationListener(transport, [new Target { Topic = "failing" }], [endpoint], new NotificationListenerOptions
        {
            AllowRequeue = true,
            Redelivery = new NotificationRedeliveryOptions { FirstDelay = TimeSpan.FromMilliseconds(1), MaxAttempts = 3, DeadLetterQueue = "failed.info" },
        });
        await listener.StartAsync(Timeout);

        await new Notifier(transport, "p", new NotifierOptions { Topics = ["failing"] }).InfoAsync(MessageContext.Empty, "e", Payload.Null, Timeout);

        Assert.Equal(0, await counts.Reader.ReadAsync(Timeout));
        Assert.Equal(1, await counts.Reader.ReadAsync(Timeout));
        Assert.Equal(1, await counts.Reader.ReadAsync(Timeout));
        var aside = new TaskCompletionSource<string>();
        var reading = new NotificationEndpoint().OnAny((notification, _) =>
        {
            aside.TrySetResult(notification.EventType);
            return ValueTask.CompletedTask;
        });
        await using var reader = new NotificationListener(transport, [new Target { Topic = "failed" }], [reading]);
        await reader.StartAsync(Timeout);
        Assert.Equal("e", await aside.Task.WaitAsync(Timeout));
        Assert.False(counts.Reader.TryRead(out _));
    }
}
