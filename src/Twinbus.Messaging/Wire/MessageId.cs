using System.Buffers.Text;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Twinbus.Messaging.Wire;

/// <summary>The 128-bit id of a message: 32 lower-case hexadecimal digits on the wire, as Python's <c>uuid4().hex</c>.</summary>
public readonly record struct MessageId(UInt128 Value)
{
    /// <summary>Digits on the wire.</summary>
    public const int Length = 32;

    /// <summary>A fresh random id.</summary>
    public static MessageId Create()
    {
        Guid guid = Guid.NewGuid();
        return new(MemoryMarshal.Read<UInt128>(MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref guid, 1))));
    }

    /// <summary>
    /// The id in <paramref name="utf8"/>. Text that is not 32 hexadecimal digits gets an id by its SHA-256, so that any
    /// peer's ids can be told apart.
    /// </summary>
    public static MessageId From(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length == Length
            && Utf8Parser.TryParse(utf8[..16], out ulong upper, out int first, 'x') && first == 16
            && Utf8Parser.TryParse(utf8[16..], out ulong lower, out int second, 'x') && second == 16)
        {
            return new(new UInt128(upper, lower));
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(utf8, hash);
        return new(MemoryMarshal.Read<UInt128>(hash));
    }

    /// <summary>Writes the 32 digits.</summary>
    public void Format(Span<byte> utf8) =>
        Value.TryFormat(utf8, out _, "x32", CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("x32", CultureInfo.InvariantCulture);
}
