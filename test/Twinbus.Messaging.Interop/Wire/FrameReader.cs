using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;

namespace Twinbus.Messaging.Interop.Wire;

/// <summary>Reads the fields of one AMQP 0-9-1 frame.</summary>
internal sealed class FrameReader(ReadOnlyMemory<byte> payload)
{
    private ReadOnlyMemory<byte> rest = payload;
    private int bits;
    private int bitsLeft;

    public byte Octet() => Take(1)[0];

    public ushort Short() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public uint Long() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    public ulong LongLong() => BinaryPrimitives.ReadUInt64BigEndian(Take(8));

    public string ShortString() => Encoding.UTF8.GetString(Take(Octet()));

    public string LongString() => Encoding.UTF8.GetString(Take((int)Long()));

    /// <summary>Consecutive bits share an octet.</summary>
    public bool Bit()
    {
        if (bitsLeft == 0)
        {
            bits = rest.Span[0];
            rest = rest[1..];
            bitsLeft = 8;
        }

        bool value = (bits & 1) != 0;
        bits >>= 1;
        bitsLeft--;
        return value;
    }

    /// <summary>A field table; each value is written with its type letter, since a broker tells 'I' from 'l'.</summary>
    public JsonObject Table()
    {
        FrameReader entries = new(Take((int)Long()).ToArray());
        JsonObject table = [];
        while (!entries.rest.IsEmpty)
        {
            string name = entries.ShortString();
            table[name] = entries.FieldValue();
        }

        return table;
    }

    private JsonNode? FieldValue()
    {
        char type = (char)Octet();
        return type switch
        {
            't' => Octet() != 0,
            'b' => $"b:{(sbyte)Octet()}",
            's' or 'U' => $"{type}:{(short)Short()}",
            'I' => $"I:{(int)Long()}",
            'i' => $"i:{Long()}",
            'l' or 'L' or 'T' => $"{type}:{(long)LongLong()}",
            'S' => LongString(),
            'F' => Table(),
            'V' => null,
            _ => throw new NotSupportedException($"Field type '{type}' is not read by this tap."),
        };
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        bitsLeft = 0;
        ReadOnlySpan<byte> taken = rest.Span[..count];
        rest = rest[count..];
        return taken;
    }
}
