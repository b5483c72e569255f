using RabbitMQ.Client;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Notifications;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.RabbitMq.Tests;

/// <summary>What 0, a number and -1 of <c>rabbit_quorum_delivery_limit</c> declare, and what a broker of 3.x makes of it.</summary>
public sealed class DeliveryLimitTests(RabbitMqTransportFixture fixture) : IClassFixture<RabbitMqTransportFixture>
{
    private static CancellationToken Timeout => new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token;

    [Theory]
    [InlineData("0", null)]
    [InlineData("5", 5)]
    [InlineData("-1", -1)]
    public void ALimitIsDeclaredAsItIsSaid(string value, int? declared)
    {
        RabbitMqOptions options = RabbitUrlOptions.Apply(
            new RabbitMqOptions(), TransportUrl.Parse($"rabbit://h/?rabbit_quorum_queue=true&rabbit_quorum_delivery_limit={value}"));
        options.Queues.Validate(prefetch: 0);

        QueueDeclaration queue = new RabbitTopology(options.Queues).Topic("openstack", "topic");

        Assert.Equal(declared, queue.Arguments.TryGetValue("x-delivery-limit", out object? limit) ? (int?)limit : null);
    }

    [Fact]
    public void ALimitBelowMinusOneIsNone() =>
        Assert.Throws<MessagingException>(() => RabbitUrlOptions.Apply(
            new RabbitMqOptions(), TransportUrl.Parse("rabbit://h/?rabbit_quorum_delivery_limit=-2")));

    [Fact]
    [Trait("Needs", "Broker")]
    public async Task MinusOneIsNoLimitFrom40OnAndBeforeDropsWhatIsGivenBackOnce()
    {
        RabbitMqVirtualHost host = await fixture.VirtualHostAsync();
        await using RawClient raw = await RawClient.ConnectAsync(host);
        await using Transport transport = Transport.Create(
            host.TransportUrl + "?rabbit_quorum_queue=true&rabbit_quorum_delivery_limit=-1",
            new TransportOptions { Drivers = DriverRegistry.Of(new RabbitMqDriver()), ControlExchange = "limited" });
        var notifier = new Notifier(transport, "test", new NotifierOptions { Topics = ["limited"] });
        await notifier.InfoAsync(MessageContext.Empty, "event", Payload.Null, Timeout);

        // Nothing that was given back is lost while this broker counts no further.
        for (int returned = 0; returned < 30; returned++)
        {
            if (await GetAsync(raw) is not { } message)
            {
                Assert.True(raw.ServerVersion.Major < 4, $"a message is gone after {returned} returns");
                Assert.Equal(1, returned);
                return;
            }

            await raw.Channel.BasicNackAsync(message.DeliveryTag, false, requeue: true, Timeout);
        }

        Assert.True(raw.ServerVersion.Major >= 4, "a broker before 4.0 keeps it: say so in the options' reference");
    }

    // A returned message takes a moment to be ready again.
    private static async Task<BasicGetResult?> GetAsync(RawClient raw)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (int look = 0; look < 40; look++)
        {
            if (await raw.Channel.BasicGetAsync("limited.info", autoAck: false, Timeout) is { } message)
            {
                return message;
            }

            await timer.WaitForNextTickAsync(Timeout);
        }

        return null;
    }
}
