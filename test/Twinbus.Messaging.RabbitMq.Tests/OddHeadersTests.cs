using RabbitMQ.Client;
using Twinbus.Messaging.Conformance;
using Twinbus.Messaging.Drivers;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.RabbitMq.Tests;

/// <summary>Header tables as no client library would write them: they come from a peer's bytes, and end as every message does.</summary>
[Trait("Needs", "Broker")]
public sealed class OddHeadersTests(RabbitMqFixture broker)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, byte[]> Tables => new()
    {
        { "a decimal of as many digits as .NET's", [1, (byte)'d', (byte)'D', 28, 0xff, 0xff, 0xff, 0xff] },
        { "a decimal of one digit more", [1, (byte)'d', (byte)'D', 29, 0, 0, 0, 1] },
        { "a decimal of as many digits as AMQP can say", [1, (byte)'d', (byte)'D', 255, 0xff, 0xff, 0xff, 0xff] },
        { "a number of a type that RabbitMQ knows and the library does not", [1, (byte)'n', (byte)'L', 0xff, 0, 0, 0, 0, 0, 0, 1] },
        { "tables in tables, as many as a frame holds", Nested(15_000) },
        { "arrays in arrays, as many as a frame holds", NestedArrays(26_000) },
    };

    [Theory]
    [MemberData(nameof(Tables))]
    public async Task HeadersMakeNobodyDeafAndCostNoConnection(string what, byte[] table)
    {
        RabbitMqVirtualHost host = await broker.CreateVirtualHostAsync(Cancellation);
        using var log = new LogMemory();
        await using var transport = Transport.Create(
            host.TransportUrl, new TransportOptions { Drivers = DriverRegistry.Of(new RabbitMqDriver()), LoggerFactory = log });
        await using OddTraffic traffic = await OddTraffic.StartAsync(transport);
        await traffic.AnswersAndHearsAsync(Patience);
        await using RawClient raw = await RawClient.ConnectAsync(host);

        Dictionary<string, int> queues = await SettledTests.QueuesAsync(await broker.ServerAsync(), host);
        Assert.Contains(queues.Keys, name => name.StartsWith("reply_", StringComparison.Ordinal));
        Assert.Contains($"{OddTraffic.Topic}.s", queues.Keys);
        foreach (string queue in queues.Keys)
        {
            await raw.Channel.BasicPublishAsync("", queue, true, new RawProperties(table), "{}"u8.ToArray(), Cancellation);
        }

        await traffic.AnswersAndHearsAsync(Patience);
        await SettledTests.SettledAsync(await broker.ServerAsync(), host);
        Assert.True(log.Count(2013) == 0, what);
    }

    /// <summary>The broker lets in no field of a type that it does not know, so none reaches a consumer.</summary>
    [Fact]
    public async Task BrokerRefusesFieldsOfUnknownTypes()
    {
        RabbitMqVirtualHost host = await broker.CreateVirtualHostAsync(Cancellation);
        foreach (char type in Enumerable.Range('A', 'z' - 'A' + 1).Select(code => (char)code).Except("ABDFILSTVbdfilstux"))
        {
            await using RawClient raw = await RawClient.ConnectAsync(host);
            var closed = new TaskCompletionSource();
            raw.Channel.ChannelShutdownAsync += (_, _) =>
            {
                closed.TrySetResult();
                return Task.CompletedTask;
            };
            var odd = new RawProperties([1, (byte)'o', (byte)type, .. new byte[8]]);
            await raw.Channel.BasicPublishAsync("", "nobody", false, odd, "{}"u8.ToArray(), Cancellation);
            await closed.Task.WaitAsync(Patience, Cancellation);
        }
    }

    private static byte[] NestedArrays(int depth)
    {
        using var stream = new MemoryStream();
        stream.Write([1, (byte)'n']);
        for (int left = depth; left > 0; left--)
        {
            int length = (left - 1) * 5;
            stream.Write([(byte)'A', (byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length]);
        }

        return stream.ToArray();
    }

    private static byte[] Nested(int depth)
    {
        using var stream = new MemoryStream();
        for (int left = depth; left > 0; left--)
        {
            stream.Write([1, (byte)'n', (byte)'F']);
            int length = (left - 1) * 7;
            stream.Write([(byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length]);
        }

        return stream.ToArray();
    }

    internal readonly struct RawProperties(byte[] table) : IReadOnlyBasicProperties, IAmqpHeader
    {
        public ushort ProtocolClassId => 60;

        public string? AppId => null;

        public string? ClusterId => null;

        public string? ContentEncoding => null;

        public string? ContentType => "application/json";

        public string? CorrelationId => null;

        public DeliveryModes DeliveryMode => DeliveryModes.Transient;

        public string? Expiration => null;

        public IDictionary<string, object?>? Headers => null;

        public string? MessageId => null;

        public bool Persistent => false;

        public byte Priority => 0;

        public string? ReplyTo => null;

        public PublicationAddress? ReplyToAddress => null;

        public AmqpTimestamp Timestamp => default;

        public string? Type => null;

        public string? UserId => null;

        public bool IsAppIdPresent() => false;

        public bool IsClusterIdPresent() => false;

        public bool IsContentEncodingPresent() => false;

        public bool IsContentTypePresent() => true;

        public bool IsCorrelationIdPresent() => false;

        public bool IsDeliveryModePresent() => false;

        public bool IsExpirationPresent() => false;

        public bool IsHeadersPresent() => true;

        public bool IsMessageIdPresent() => false;

        public bool IsPriorityPresent() => false;

        public bool IsReplyToPresent() => false;

        public bool IsTimestampPresent() => false;

        public bool IsTypePresent() => false;

        public bool IsUserIdPresent() => false;

        public int GetRequiredBufferSize() => 2 + 17 + 4 + table.Length;

        public int WriteTo(Span<byte> span)
        {
            span[0] = 0xA0;
            span[1] = 0;
            span[2] = 16;
            "application/json"u8.CopyTo(span[3..]);
            int at = 19;
            span[at++] = (byte)(table.Length >> 24);
            span[at++] = (byte)(table.Length >> 16);
            span[at++] = (byte)(table.Length >> 8);
            span[at++] = (byte)table.Length;
            table.CopyTo(span[at..]);
            return at + table.Length;
        }
    }
}
