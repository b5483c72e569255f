using System.Globalization;
using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Twinbus.Messaging.Conformance;
using Twinbus.Messaging.Drivers;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.RabbitMq.Tests;

/// <summary>Whatever a delivery holds, in body, headers or properties, the broker is told what becomes of it. The full set: <c>TWINBUS_FULL=1</c>.</summary>
[Trait("Needs", "Broker")]
public sealed class SettledTests(RabbitMqTransportFixture fixture, RabbitMqFixture broker, ITestOutputHelper output)
    : IClassFixture<RabbitMqTransportFixture>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task NothingStaysUnacknowledgedWhateverItHolds()
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"TWINBUS_SEED={OddMessages.Seed}"));
        RabbitMqVirtualHost host = await fixture.VirtualHostAsync();
        await using Transport transport = await fixture.OpenAsync();
        await using OddTraffic traffic = await OddTraffic.StartAsync(transport);
        await traffic.AnswersAndHearsAsync(Patience);
        RabbitMqServer server = await broker.ServerAsync();
        string replyQueue = (await QueuesAsync(server, host)).Keys.Single(name => name.StartsWith("reply_", StringComparison.Ordinal));
        RawClient raw = await RawClient.ConnectAsync(host);
        var messages = new OddMessages(OddMessages.Seed);
        (string Exchange, string Key)[] places =
        [
            ("openstack", OddTraffic.Topic), ("openstack", $"{OddTraffic.Topic}.s"), ($"{OddTraffic.Topic}_fanout", ""), ("", replyQueue),
            ("openstack", $"{OddTraffic.Topic}.info"), ("openstack", $"{OddTraffic.Topic}.error"),
        ];
        for (int sent = OddMessages.Count(2_000, 20_000); sent > 0; sent--)
        {
            (string exchange, string key) = places[messages.Random.Next(places.Length)];
            byte[] body = messages.Next(replyQueue);
            BasicProperties properties = Properties(messages.Random);
            if (!raw.Channel.IsOpen)
            {
                // Some headers are too much for the broker itself, which throws their sender out.
                output.WriteLine($"{sent} left: {raw.Channel.CloseReason}");
                await raw.DisposeAsync();
                raw = await RawClient.ConnectAsync(host);
            }

            try
            {
                await raw.Channel.BasicPublishAsync(exchange, key, false, properties, body, Cancellation);
            }
            catch (AlreadyClosedException)
            {
                // As above, a moment later.
            }
        }

        await raw.DisposeAsync();
        await traffic.AnswersAndHearsAsync(Patience);
        await SettledAsync(server, host);
    }

    [Fact]
    public async Task ListenersAreNotDeafAfterMoreUnreadableMessagesThanThePrefetch()
    {
        RabbitMqVirtualHost host = await broker.CreateVirtualHostAsync(Cancellation);
        await using var transport = Transport.Create(host.TransportUrl, new TransportOptions { Drivers = DriverRegistry.Of(new RabbitMqDriver()) });
        await using OddTraffic traffic = await OddTraffic.StartAsync(transport);
        await traffic.AnswersAndHearsAsync(Patience);
        await using RawClient raw = await RawClient.ConnectAsync(host);
        for (int i = 0; i < 300; i++)
        {
            await raw.PublishAsync(OddTraffic.Topic, """{"oslo.version":"\ud800","oslo.message":"{}"}""");
            await raw.PublishAsync($"{OddTraffic.Topic}.info", """{"oslo.version":"\ud800","oslo.message":"{}"}""");
        }

        await traffic.AnswersAndHearsAsync(Patience);
        await SettledAsync(await broker.ServerAsync(), host);
    }

    /// <summary>Returns when every message of the virtual host is settled, but for those put aside.</summary>
    internal static async Task SettledAsync(RabbitMqServer server, RabbitMqVirtualHost host)
    {
        using var deadline = new CancellationTokenSource(Patience);
        Dictionary<string, int> left;
        do
        {
            // Each look takes rabbitmqctl about a second, so this is no busy loop.
            left = (await QueuesAsync(server, host)).Where(queue => queue.Key != OddTraffic.DeadLetters && queue.Value > 0).ToDictionary();
            Assert.False(deadline.IsCancellationRequested && left.Count > 0, $"Not settled (TWINBUS_SEED={OddMessages.Seed}): "
                + string.Join(", ", left.Select(queue => $"{queue.Key} {queue.Value}")));
        }
        while (left.Count > 0);
    }

    // Names, with the messages that are unacknowledged or wait.
    internal static async Task<Dictionary<string, int>> QueuesAsync(RabbitMqServer server, RabbitMqVirtualHost host)
    {
        string listed = await server.ControlAsync(
            ["list_queues", "-p", host.Name, "--no-table-headers", "name", "messages_unacknowledged", "messages_ready"], Cancellation);
        return listed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')).Where(parts => parts.Length == 3).ToDictionary(
            parts => parts[0],
            parts => int.Parse(parts[1], CultureInfo.InvariantCulture) + int.Parse(parts[2], CultureInfo.InvariantCulture));
    }

    private static BasicProperties Properties(Random random)
    {
        var properties = new BasicProperties { ContentType = "application/json", ContentEncoding = "utf-8", DeliveryMode = DeliveryModes.Persistent };
        switch (random.Next(12))
        {
            case 0:
                properties.ContentType = random.Next(2) == 0 ? new string('t', 255) : "text/plain";
                break;
            case 1:
                properties.ContentEncoding = random.Next(2) == 0 ? "utf-16" : "\u0000\u202e";
                break;
            case 2:
                (properties.ReplyTo, properties.CorrelationId, properties.MessageId) = (new string('r', 255), "\u001b[2J", "");
                break;
            case 3:
                (properties.Priority, properties.Expiration) = ((byte)random.Next(1, 256), "600000");
                break;
            case 4:
                properties.Timestamp = new AmqpTimestamp(random.Next(2) == 0 ? long.MaxValue : -1);
                break;
            case < 9:
                properties.Headers = Headers(random);
                break;
        }

        return properties;
    }

    private static Dictionary<string, object?> Headers(Random random)
    {
        string[] names = ["compression", "x-delivery-count", "x-death", "traceparent", "tracestate", "x-stream-offset", "", "\ufffd", new string('h', 255)];
        object?[] values =
        [
            null, true, (byte)1, (sbyte)-1, (short)-1, -1, long.MaxValue, long.MinValue, 1.5f, double.NaN, 7.5m, "application/x-gzip", "application/x-bz2",
            "application/x-lzma", new string('c', 60_000), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-\ud800", new byte[] { 0xff, 0xfe },
            new AmqpTimestamp(long.MaxValue), new List<object?> { 1, "a", null }, Nested(30), new BinaryTableValue([1, 2, 3]),
        ];
        var headers = new Dictionary<string, object?>();
        for (int count = random.Next(1, 4); count > 0; count--)
        {
            headers[names[random.Next(names.Length)]] = values[random.Next(values.Length)];
        }

        return headers;
    }

    private static object Nested(int depth) => depth == 0 ? Encoding.UTF8.GetBytes("end") : new Dictionary<string, object?> { ["n"] = Nested(depth - 1) };
}
