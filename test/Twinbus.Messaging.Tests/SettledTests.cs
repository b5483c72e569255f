using System.Globalization;
using Twinbus.Messaging.Conformance;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.InMemory;
using Xunit;

namespace Twinbus.Messaging.Tests;

/// <summary>Whatever a message holds, it is settled, and the next one is served. The full set: <c>TWINBUS_FULL=1</c>.</summary>
public sealed class SettledTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task EveryMessageOnTheInMemoryBusIsSettledWhateverItHolds()
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"TWINBUS_SEED={OddMessages.Seed}"));
        var driver = new InMemoryDriver();
        await using var transport = Transport.Create("fake://", new TransportOptions { Drivers = DriverRegistry.Of(driver) });
        await using OddTraffic traffic = await OddTraffic.StartAsync(transport);
        InMemoryBus bus = driver.Bus();
        string replyQueue = Assert.Single(bus.ReplyQueues);
        var messages = new OddMessages(OddMessages.Seed);
        string[] keys = [OddTraffic.Topic, $"{OddTraffic.Topic}.s", $"{OddTraffic.Topic}.info", $"{OddTraffic.Topic}.error"];
        for (int sent = OddMessages.Count(20_000, 1_000_000); sent > 0; sent--)
        {
            byte[] body = messages.Next(replyQueue);
            int to = messages.Random.Next(keys.Length + 2);
            if (to == keys.Length)
            {
                bus.Reply(replyQueue, body);
            }
            else
            {
                await bus.PublishAsync(to > keys.Length ? "(fanout)" : "openstack", to > keys.Length ? OddTraffic.Topic : keys[to], body, default, TestContext.Current.CancellationToken);
            }
        }

        await traffic.AnswersAndHearsAsync(Patience);
        await SettledAsync(bus, $"TWINBUS_SEED={OddMessages.Seed}");
    }

    // Heard of are those behind the last message; those before it may be with their handlers yet.
    private static async Task SettledAsync(InMemoryBus bus, string seed)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (bus.Queues.Where(queue => queue.Name != OddTraffic.DeadLetters).Sum(queue => queue.Unsettled + queue.Ready) > 0)
        {
            Assert.False(deadline.IsCancellationRequested, $"Not settled ({seed}): "
                + string.Join(", ", bus.Queues.Select(queue => $"{queue.Name} {queue.Unsettled} of {queue.Ready}")));
            await Task.Yield();
        }
    }
}
