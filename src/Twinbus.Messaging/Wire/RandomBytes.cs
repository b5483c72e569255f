using System.Security.Cryptography;

namespace Twinbus.Messaging.Wire;

/// <summary>
/// Random bytes for ids, as unpredictable as the operating system's, fetched from it by the page: a call into the kernel
/// for each id was a twentieth of what sending a message costs.
/// </summary>
internal static class RandomBytes
{
    private const int PageSize = 4096;

    [ThreadStatic]
    private static byte[]? page;

    [ThreadStatic]
    private static int used;

    /// <summary>The next <paramref name="count"/> bytes, at most a page; they are nobody else's. Valid until the next call on this thread.</summary>
    public static ReadOnlySpan<byte> Take(int count)
    {
        byte[] bytes = page ??= new byte[PageSize];
        if (used == 0 || used + count > PageSize)
        {
            RandomNumberGenerator.Fill(bytes);
            used = 0;
        }

        ReadOnlySpan<byte> taken = bytes.AsSpan(used, count);
        used += count;
        return taken;
    }

    /// <summary>A random UUID (version 4).</summary>
    public static Guid NewGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        Take(bytes.Length).CopyTo(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
