using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using Twinbus.Messaging.Notifications;
using Xunit;

namespace Twinbus.Messaging.Tests;

/// <summary>A notification that fails is held back longer each time, counted, and put aside when it has failed too often.</summary>
public sealed class RedeliveryTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Channel<int> failed = Channel.CreateUnbounded<int>();

    [Fact]
    public async Task WhatFailsIsHeldBackTwiceAsLongEachTime()
    {
        var time = new FakeTimeProvider();
        await using var transport = Transport.Create("fake://", new TransportOptions { TimeProvider = time });
        await using NotificationListener listener = await FailingAsync(transport, new NotificationRedeliveryOptions
        {
            FirstDelay = TimeSpan.FromSeconds(10), MaxDelay = TimeSpan.FromSeconds(40),
        });
        await new Notifier(transport, "p").InfoAsync(MessageContext.Empty, "e", Payload.Null);
        Assert.Equal(0, await NextAsync());
        foreach ((int delivery, double longest) in new[] { (1, 10.0), (2, 20.0), (3, 40.0), (4, 40.0) })
        {
            // Never sooner than after half of it; it may begin to wait a moment after the handler has failed.
            time.Advance(TimeSpan.FromSeconds((longest / 2) - 0.01));
            Assert.False(failed.Reader.TryRead(out _));
            await AdvanceUntilAsync(time, TimeSpan.FromSeconds(longest), delivery);
        }
    }

    [Fact]
    public async Task StoppingDoesNotWaitForWhatIsHeldBack()
    {
        var time = new FakeTimeProvider();
        await using var transport = Transport.Create("fake://", new TransportOptions { TimeProvider = time });
        NotificationListener listener = await FailingAsync(transport, new NotificationRedeliveryOptions
        {
            FirstDelay = TimeSpan.FromHours(1), MaxDelay = TimeSpan.FromHours(1),
        });
        await new Notifier(transport, "p").InfoAsync(MessageContext.Empty, "e", Payload.Null);
        await NextAsync();

        await listener.DisposeAsync().AsTask().WaitAsync(Patience);

        await using NotificationListener next = await FailingAsync(transport, new NotificationRedeliveryOptions());
        Assert.Equal(1, await NextAsync());
    }

    [Theory]
    [InlineData(true, 3, false)]
    [InlineData(false, 1, false)]
    [InlineData(true, 3, true)]
    public async Task WhatFailsTooOftenIsPutAside(bool allowRequeue, int deliveries, bool inBatches)
    {
        await using var transport = Transport.Create("fake://");
        var aside = new TaskCompletionSource<string>();
        await using var hearing = new NotificationListener(
            transport, [new Target { Topic = "unused" }],
            [new NotificationEndpoint().OnAny((notification, _) =>
            {
                aside.TrySetResult(notification.EventType);
                return ValueTask.CompletedTask;
            })],
            new NotificationListenerOptions { Pool = "aside" });
        await hearing.StartAsync();
        var options = new NotificationRedeliveryOptions { FirstDelay = TimeSpan.FromMilliseconds(1), MaxAttempts = 3, DeadLetterQueue = "aside" };
        await using NotificationListener listener = await FailingAsync(transport, options, allowRequeue, inBatches);

        await new Notifier(transport, "p").InfoAsync(MessageContext.Empty, "poison", Payload.Null);

        Assert.Equal("poison", await aside.Task.WaitAsync(Patience));
        for (int delivery = 0; delivery < deliveries; delivery++)
        {
            Assert.Equal(delivery, await NextAsync());
        }

        Assert.False(failed.Reader.TryRead(out _));
    }

    private async Task AdvanceUntilAsync(FakeTimeProvider time, TimeSpan longest, int delivery)
    {
        ValueTask<int> next = failed.Reader.ReadAsync();
        using var deadline = new CancellationTokenSource(Patience);
        while (!next.IsCompleted && !deadline.IsCancellationRequested)
        {
            time.Advance(longest / 100);
            await Task.Yield();
        }

        Assert.Equal(delivery, await next);
    }

    private Task<int> NextAsync() => failed.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    private async Task<NotificationListener> FailingAsync(
        Transport transport, NotificationRedeliveryOptions redelivery, bool allowRequeue = true, bool inBatches = false)
    {
        var endpoint = new NotificationEndpoint();
        if (inBatches)
        {
            endpoint.OnBatch(NotificationPriority.Info, (batch, _) => Fail(batch[0]));
        }
        else
        {
            endpoint.On(NotificationPriority.Info, (notification, _) => Fail(notification));
        }

        var listener = new NotificationListener(transport, [new Target { Topic = "notifications" }], [endpoint], new NotificationListenerOptions
        {
            AllowRequeue = allowRequeue,
            Redelivery = redelivery,
            Batch = inBatches ? new NotificationBatchOptions(1, TimeSpan.FromSeconds(1)) : null,
        });
        await listener.StartAsync();
        return listener;
    }

    private ValueTask<NotificationResult> Fail(ReceivedNotification notification)
    {
        failed.Writer.TryWrite(notification.DeliveryCount);
        throw new InvalidOperationException("poison");
    }
}
