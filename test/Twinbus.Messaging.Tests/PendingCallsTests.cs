using Microsoft.Extensions.Time.Testing;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Wire;
using Xunit;

namespace Twinbus.Messaging.Tests;

public sealed class PendingCallsTests
{
    private readonly FakeTimeProvider time = new();

    [Fact]
    public async Task CallEndsInItsOwnReply()
    {
        using var calls = new PendingCalls(time);
        MessageId first = MessageId.Create();
        MessageId second = MessageId.Create();
        ValueTask<IncomingReply> one = calls.Add(first, Request(60), CancellationToken.None);
        ValueTask<IncomingReply> two = calls.Add(second, Request(60), CancellationToken.None);

        Assert.True(calls.TryComplete(second, Reply("2")));
        Assert.False(one.IsCompleted);
        Assert.True(calls.TryComplete(first, Reply("1")));

        Assert.Equal("1"u8.ToArray(), (await one).Result.ToArray());
        Assert.Equal("2"u8.ToArray(), (await two).Result.ToArray());
        Assert.False(calls.TryComplete(first, Reply("late")));
        Assert.Equal(0, calls.Count);
    }

    [Fact]
    public async Task CallEndsAtItsDeadlineAndNotBefore()
    {
        using var calls = new PendingCalls(time);
        ValueTask<IncomingReply> call = calls.Add(MessageId.Create(), Request(10), CancellationToken.None);

        time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(call.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.2));

        await Assert.ThrowsAsync<MessagingTimeoutException>(() => call.AsTask());
    }

    [Fact]
    public async Task HeartbeatsPutTheMonitorOffButNotTheDeadline()
    {
        using var calls = new PendingCalls(time);
        MessageId id = MessageId.Create();
        ValueTask<IncomingReply> call = calls.Add(id, Request(10, monitor: 4), CancellationToken.None);

        for (int second = 0; second < 9; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            calls.Extend(id);
            Assert.False(call.IsCompleted);
        }

        time.Advance(TimeSpan.FromSeconds(1.1));
        MessagingTimeoutException error = await Assert.ThrowsAsync<MessagingTimeoutException>(() => call.AsTask());
        Assert.Contains("10 s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SilenceLongerThanTheMonitorEndsTheCall()
    {
        using var calls = new PendingCalls(time);
        ValueTask<IncomingReply> call = calls.Add(MessageId.Create(), Request(60, monitor: 4), CancellationToken.None);

        time.Advance(TimeSpan.FromSeconds(4.1));

        MessagingTimeoutException error = await Assert.ThrowsAsync<MessagingTimeoutException>(() => call.AsTask());
        Assert.Contains("heartbeat", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EachCallEndsAtItsOwnDeadlineWhateverTheOrderTheyCameIn()
    {
        using var calls = new PendingCalls(time);
        int[] seconds = [30, 10, 20, 10, 40];
        Task[] waiting = [.. seconds.Select(each => calls.Add(MessageId.Create(), Request(each), CancellationToken.None).AsTask())];

        foreach (int now in seconds.Distinct().Order())
        {
            time.Advance(TimeSpan.FromSeconds(now) - (time.GetUtcNow() - time.Start) - TimeSpan.FromMilliseconds(1));
            Assert.Equal(seconds.Count(each => each >= now), calls.Count);
            time.Advance(TimeSpan.FromMilliseconds(30));
            Assert.Equal(seconds.Count(each => each > now), calls.Count);
        }

        await Assert.ThrowsAsync<MessagingTimeoutException>(() => Task.WhenAll(waiting));
    }

    [Fact]
    public async Task LooksForTimeoutsOnlyWhenOneMayBeDue()
    {
        var counting = new CountingTime();
        using var calls = new PendingCalls(counting);
        ValueTask<IncomingReply> call = calls.Add(MessageId.Create(), Request(60), CancellationToken.None);

        for (int second = 0; second < 59; second++)
        {
            counting.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(0, counting.Fired);
        counting.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(1, counting.Fired);
        await Assert.ThrowsAsync<MessagingTimeoutException>(() => call.AsTask());
    }

    private sealed class CountingTime : FakeTimeProvider
    {
        public int Fired { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => base.CreateTimer(
            given =>
            {
                Fired++;
                callback(given);
            },
            state,
            dueTime,
            period);
    }

    [Fact]
    public async Task EndedEntriesServeOtherCallsWithoutMixingThemUp()
    {
        using var calls = new PendingCalls(TimeProvider.System);
        await Parallel.ForAsync(0, 2000, async (n, cancellationToken) =>
        {
            MessageId id = MessageId.Create();
            using var cancel = new CancellationTokenSource();
            ValueTask<IncomingReply> call = calls.Add(id, Request(60), cancel.Token);
            if (n % 3 == 0)
            {
                await cancel.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.AsTask());
            }
            else
            {
                await Task.Yield();
                Assert.True(calls.TryComplete(id, Reply(n.ToString())));
                using IncomingReply reply = await call;
                Assert.Equal(n.ToString(), System.Text.Encoding.UTF8.GetString(reply.Result.Span));
            }
        });
        Assert.Equal(0, calls.Count);
    }

    private static OutgoingRequest Request(int seconds, int? monitor = null) => new()
    {
        Target = new Target { Topic = "t" },
        Method = "m",
        Timeout = TimeSpan.FromSeconds(seconds),
        CallMonitorTimeout = monitor,
    };

    private static IncomingReply Reply(string result)
    {
        PooledBuffer buffer = PooledBuffer.Rent();
        buffer.Write(System.Text.Encoding.UTF8.GetBytes(result));
        return new IncomingReply(buffer, buffer.WrittenMemory, null);
    }
}
