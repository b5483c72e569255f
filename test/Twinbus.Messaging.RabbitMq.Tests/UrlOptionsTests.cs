using Twinbus.Messaging.Drivers;
using Xunit;

namespace Twinbus.Messaging.RabbitMq.Tests;

public sealed class UrlOptionsTests
{
    private static readonly TransportOptions Options = new() { Drivers = DriverRegistry.Of(new RabbitMqDriver()) };

    [Theory]
    [InlineData("heartbeat_in_pthread=true")]
    [InlineData("heartbeat_rate=3")]
    [InlineData("rpc_conn_pool_size=30&conn_pool_min_size=2&conn_pool_ttl=1200")]
    [InlineData("ssl_version=TLSv1_2&ssl_enforce_fips_mode=true")]
    [InlineData("rabbit_ha_queues=true&enable_cancel_on_failover=true&kombu_reconnect_splay=0.5")]
    public async Task AnOptionThatMeansNothingHereIsTakenAndLogged(string query)
    {
        LogMemory log = new();

        await using Transport transport = Transport.Create($"rabbit://u:secret@h/?{query}", Options with { LoggerFactory = log });

        string line = await log.NextAsync(1040, TestContext.Current.CancellationToken);
        Assert.All(query.Split('&'), option => Assert.Contains(option.Split('=')[0], line, StringComparison.Ordinal));
        Assert.DoesNotContain("secret", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rabbit_quorum_queues=true", "did you mean rabbit_quorum_queue?")]
    [InlineData("hartbeat_rate=1", "did you mean heartbeat_rate?")]
    [InlineData("quite_another=1", "it has amqp_auto_delete, ")]
    public void AnUnknownOptionIsAnErrorThatNamesTheNearest(string query, string suggestion)
    {
        MessagingException error = Assert.Throws<MessagingException>(() => Transport.Create($"rabbit://u:p@h/?{query}", Options));

        Assert.Equal(MessagingErrorReason.InvalidTransportUrl, error.Reason);
        Assert.Contains(suggestion, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rabbit_use_ssl=1")]
    [InlineData("kombu_reconnect_timeout=5")]
    public async Task AnOldNameIsReadForItsNewOne(string query)
    {
        await using Transport transport = Transport.Create($"rabbit://u:p@h/?{query}", Options);
    }
}
