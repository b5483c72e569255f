using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Twinbus.Messaging.Wire;

/// <summary>The 128-bit id of a message: 32 lower-case hexadecimal digits on the wire, as Python's <c>uuid4().hex</c>.</summary>
public readonly record struct MessageId(UInt128 Value)
{
    /// <summary>Digits on the wire.</summary>
    public const int Length = 32;

    private const int Size = Length / 2;

    /// <summary>A fresh random id.</summary>
    public static MessageId Create() => new(BinaryPrimitives.ReadUInt128BigEndian(RandomBytes.Take(Size)));

    /// <summary>
    /// The id in <paramref name="utf8"/>. Text that is not 32 hexadecimal digits gets an id by its SHA-256, so that any
    /// peer's ids can be told apart.
    /// </summary>
    public static MessageId From(ReadOnlySpan<byte> utf8)
    {
        Span<byte> value = stackalloc byte[SHA256.HashSizeInBytes];
        if (utf8.Length != Length || Convert.FromHexString(utf8, value[..Size], out _, out _) != OperationStatus.Done)
        {
            SHA256.HashData(utf8, value);
        }

        return new(BinaryPrimitives.ReadUInt128BigEndian(value));
    }

    /// <summary>Writes the 32 digits.</summary>
    public void Format(Span<byte> utf8)
    {
        Span<byte> value = stackalloc byte[Size];
        BinaryPrimitives.WriteUInt128BigEndian(value, Value);
        Convert.TryToHexStringLower(value, utf8, out _);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        Span<byte> value = stackalloc byte[Size];
        BinaryPrimitives.WriteUInt128BigEndian(value, Value);
        return Convert.ToHexStringLower(value);
    }
}
