using System.Buffers.Binary;
using System.Text;
using RabbitMQ.Client;
using Xunit;

namespace Twinbus.Messaging.RabbitMq.Tests;

/// <summary>Frames as a broker sends them, in one piece and cut anywhere; read by the client library after the repair.</summary>
public sealed class HeaderRepairTests
{
    // Every type that the library knows, in the headers, in a table and in an array.
    private static readonly byte[] Usual =
    [
        .. Field('S', Sized("text"u8)), .. Field('x', Sized([1, 2, 3])), .. Field('V', []), .. Field('t', [1]), .. Field('b', [0xff]), .. Field('B', [0xff]),
        .. Field('s', [1, 2]), .. Field('u', [0xff, 2]), .. Field('I', [1, 2, 3, 4]), .. Field('i', [0xff, 2, 3, 4]), .. Field('f', [1, 2, 3, 4]),
        .. Field('l', [0, 1, 2, 3, 4, 5, 6, 7]), .. Field('d', [0, 1, 2, 3, 4, 5, 6, 7]), .. Field('T', [0, 0, 0, 0, 4, 5, 6, 7]),
        .. Field('D', [28, 0xff, 0xff, 0xff, 0xff]), .. Field('F', Sized([])), .. Field('A', Sized([])),
    ];

    public static TheoryData<int> Cuts => [1, 2, 3, 7, 64, int.MaxValue];

    [Theory]
    [MemberData(nameof(Cuts))]
    public void WhatTheLibraryCanReadPassesAsItIs(int cut)
    {
        byte[] table = [.. Usual, .. Named("F", 'F', Sized(Usual)), .. Named("A", 'A', Sized([(byte)'F', .. Sized(Usual), (byte)'V', (byte)'t', 1]))];
        byte[] sent =
        [
            .. Frame(1, new byte[300]), .. Header(table), .. Frame(3, "D\u001d LF"u8), .. Frame(8, []), .. Header(null), .. Header([]), .. Header(table),
        ];

        (byte[] passed, int repairs) = Pass(sent, cut);

        Assert.Equal(sent, passed);
        Assert.Equal(0, repairs);
    }

    [Theory]
    [MemberData(nameof(Cuts))]
    public void WhatItCannotReadIsReadableAndItsNeighboursAreWhatTheyWere(int cut)
    {
        byte[] odd =
        [
            .. Named("decimal", 'D', [29, 0x80, 1, 2, 3]), .. Named("negative", 'L', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe]),
            .. Named("long", 'L', [0, 0, 0, 0, 0, 0, 0, 5]),
            .. Named("n", 'I', [0, 0, 0, 7]),
        ];
        byte[] table = [.. odd, .. Named("F", 'F', Sized(odd)), .. Named("A", 'A', Sized([(byte)'D', 255, 1, 2, 3, 4, (byte)'I', 0, 0, 0, 9]))];
        byte[] header = Header(table);
        Assert.ThrowsAny<Exception>(() => (object)Read(header));

        (byte[] passed, int repairs) = Pass([.. header, .. header], cut);

        Assert.Equal(14, repairs);
        Assert.Equal(passed[..header.Length], passed[header.Length..]);
        ReadOnlyBasicProperties read = Read(passed[..header.Length]);
        Assert.Equal("application/json", read.ContentType);
        Assert.Equal("utf-8", read.ContentEncoding);
        Assert.Equal("reply", read.CorrelationId);
        foreach (IDictionary<string, object?> fields in (IDictionary<string, object?>[])[read.Headers!, (IDictionary<string, object?>)read.Headers!["F"]!])
        {
            Assert.Equal(0m, fields["decimal"]);
            Assert.Equal(-2L, fields["negative"]);
            Assert.Equal(5L, fields["long"]);
            Assert.Equal(7, fields["n"]);
        }

        Assert.Equal(new object?[] { 0m, 9 }, ((IEnumerable<object?>)read.Headers["A"]!).ToArray());
    }

    [Theory]
    [InlineData('F')]
    [InlineData('A')]
    public void WhatLiesDeeperThanAnybodyNestsIsBytes(char type)
    {
        byte[] inner = [];
        for (int depth = 0; depth < HeaderRepair.MaxDepth + 5; depth++)
        {
            inner = type == 'F' ? Named("n", 'F', Sized(inner)) : [(byte)'A', .. Sized(inner)];
        }

        (byte[] passed, int repairs) = Pass(Header([.. type == 'F' ? inner : [1, (byte)'n', .. inner], .. Named("next", 'I', [0, 0, 0, 7])]), int.MaxValue);

        Assert.Equal(1, repairs);
        IDictionary<string, object?> headers = Read(passed).Headers!;
        Assert.Equal(7, headers["next"]);
        object? at = headers;
        int depths = 0;
        for (; at is not BinaryTableValue; depths++)
        {
            at = at is IDictionary<string, object?> table ? table["n"] : Assert.Single((IEnumerable<object?>)at!);
        }

        Assert.Equal(HeaderRepair.MaxDepth, depths);
    }

    /// <summary>No broker sends that; but nothing that a peer sends may throw here, or lose the next frame's beginning.</summary>
    [Fact]
    public void BytesWithoutSenseLoseNoFrame()
    {
        var random = new Random(7);
        byte[] odd = Header(Named("decimal", 'D', [29, 0, 0, 0, 1]));
        for (int n = 0; n < 5_000; n++)
        {
            byte[] noise = new byte[random.Next(200)];
            random.NextBytes(noise);
            byte[] table = [.. Usual];
            table[random.Next(table.Length)] = (byte)random.Next(256);

            (byte[] passed, _) = Pass([.. Frame(2, noise), .. Header(table), .. odd], random.Next(1, 50));

            Assert.Equal(0m, Read(passed[^odd.Length..]).Headers!["decimal"]);
        }
    }

    private static (byte[] Passed, int Repairs) Pass(byte[] sent, int cut)
    {
        int repairs = 0;
        var repair = new HeaderRepair(() => repairs++);
        byte[] passed = [.. sent];
        for (int at = 0; at < passed.Length; at += Math.Min(cut, passed.Length))
        {
            repair.Pass(passed.AsSpan(at, Math.Min(cut, passed.Length - at)));
        }

        return (passed, repairs);
    }

    private static ReadOnlyBasicProperties Read(byte[] frame) => new(frame.AsSpan(19, frame.Length - 20));

    // Content type and encoding before the headers, a correlation id behind them.
    private static byte[] Header(byte[]? table)
    {
        byte[] properties = table is null
            ? [0xC4, 0, .. Short("application/json"), .. Short("utf-8"), .. Short("reply")]
            : [0xE4, 0, .. Short("application/json"), .. Short("utf-8"), .. Sized(table), .. Short("reply")];
        return Frame(2, [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, .. properties]);
    }

    private static byte[] Frame(byte type, ReadOnlySpan<byte> payload) => [type, 0, 1, .. Sized(payload), 0xCE];

    private static byte[] Field(char type, byte[] field) => Named($"of {type}", type, field);

    private static byte[] Named(string name, char type, byte[] field) => [.. Short(name), (byte)type, .. field];

    private static byte[] Short(string text) => [(byte)text.Length, .. Encoding.UTF8.GetBytes(text)];

    private static byte[] Sized(ReadOnlySpan<byte> content)
    {
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, content.Length);
        return [.. length, .. content];
    }
}
