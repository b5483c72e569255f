using System.Diagnostics;
using Twinbus.Messaging.Drivers;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.RabbitMq.Tests;

/// <summary>A peer that goes silent without a word of farewell: no FIN, no RST.</summary>
[Trait("Needs", "Broker")]
[Trait("Needs", "Root")]
public sealed class SilentPeerTests(OwnBroker broker) : IClassFixture<OwnBroker>
{
    private const int LogLost = 2013;
    private const int LogGivenUp = 2015;
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(8);

    private static CancellationToken Timeout => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    /// <summary>
    /// A cut network is noticed by what is not acknowledged; a peer whose kernel still acknowledges by the questions that it leaves
    /// unanswered, long before the client library misses its heartbeats.
    /// </summary>
    [Theory]
    [InlineData("drop", 1.9)]
    [InlineData("meta length >= 60 drop", 1.9)]
    public async Task SilenceIsNoticedWithinTwoHeartbeatsAtMost(string verdict, double heartbeats)
    {
        RabbitMqVirtualHost host = await broker.Server.CreateVirtualHostAsync(Timeout);
        using var log = new LogMemory();
        await using var transport = Transport.Create(host.TransportUrl, new TransportOptions
        {
            LoggerFactory = log,
            Drivers = DriverRegistry.Of(new RabbitMqDriver(new RabbitMqOptions { Connection = new RabbitConnectionOptions { Heartbeat = Heartbeat } })),
        });
        await transport.ConnectAsync(Timeout);
        string heard = verdict == "drop" ? $"; add rule {Table} input tcp dport {host.Port} drop" : "";
        await FilterAsync(
            $"add table {Table}; add chain {Table} input {{ type filter hook input priority 0; }}; "
            + $"add rule {Table} input tcp sport {host.Port} {verdict}{heard}");
        long silent = Stopwatch.GetTimestamp();
        try
        {
            await log.NextAsync([LogLost, LogGivenUp], Timeout);
        }
        finally
        {
            await FilterAsync($"delete table {Table}");
        }

        Assert.InRange(Stopwatch.GetElapsedTime(silent), Heartbeat / 2, Heartbeat * heartbeats);
    }

    // A table of our own, for one port that is ours: nothing else on the machine is filtered.
    private static string Table => $"inet twinbus_test_{Environment.ProcessId}";

    private static Task<string> FilterAsync(string commands) =>
        PeerProgram.RunAsync(new ProcessStartInfo("nft", [commands]), null, Timeout);
}
