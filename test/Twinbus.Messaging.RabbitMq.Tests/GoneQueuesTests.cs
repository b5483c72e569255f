using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Twinbus.Messaging.RabbitMq.Tests;

public sealed class GoneQueuesTests
{
    private readonly FakeTimeProvider time = new();

    [Fact]
    public void QueueIsGoneForAMinute()
    {
        var gone = new GoneQueues(time);
        gone.Add("reply_a");

        time.Advance(TimeSpan.FromSeconds(59));
        Assert.True(gone.Contains("reply_a"));
        Assert.False(gone.Contains("reply_b"));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(gone.Contains("reply_a"));
    }

    [Fact]
    public void QueueThatGoesAgainIsGoneForAnotherMinute()
    {
        var gone = new GoneQueues(time);
        gone.Add("reply_a");
        time.Advance(TimeSpan.FromSeconds(40));
        gone.Add("reply_a");

        time.Advance(TimeSpan.FromSeconds(30));
        gone.Add("reply_b");

        Assert.True(gone.Contains("reply_a"));
    }

    [Fact]
    public void OldestMakeRoomForTheNewest()
    {
        var gone = new GoneQueues(time);
        for (int i = 0; i <= 3 * GoneQueues.Size; i++)
        {
            gone.Add($"reply_{i}");
        }

        Assert.True(gone.Contains($"reply_{3 * GoneQueues.Size}"));
        Assert.True(gone.Contains($"reply_{(2 * GoneQueues.Size) + 1}"));
        Assert.False(gone.Contains($"reply_{2 * GoneQueues.Size}"));
    }
}
