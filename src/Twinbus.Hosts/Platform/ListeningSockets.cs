using System.Buffers.Binary;
using System.Globalization;
using System.Net;

namespace Twinbus.Hosts.Platform;

/// <summary>The TCP sockets that listen, from the kernel's own tables: nothing is connected to, no broker logs a context.</summary>
internal static class ListeningSockets
{
    private const string Listening = "0A";

    public static IReadOnlyList<ListeningSocket> Read()
    {
        var sockets = new List<ListeningSocket>();
        foreach (var table in (string[])["/proc/net/tcp", "/proc/net/tcp6"])
        {
            if (File.Exists(table))
            {
                sockets.AddRange(File.ReadLines(table).Skip(1).Select(Parse).OfType<ListeningSocket>());
            }
        }

        return sockets;
    }

    /// <summary>Whether somebody listens at <paramref name="endpoint"/> (<c>address:port</c>), there or on all addresses.</summary>
    public static bool Answers(IReadOnlyList<ListeningSocket> sockets, string endpoint)
    {
        var wanted = IPEndPoint.Parse(endpoint);
        return sockets.Any(s => s.Port == wanted.Port && (s.Address.Equals(wanted.Address) || IsAny(s.Address)
            || (IsAny(wanted.Address) && IsAny(s.Address))
            || (s.Address.IsIPv4MappedToIPv6 && s.Address.MapToIPv4().Equals(wanted.Address))));
    }

    /// <summary>A line of the kernel's table: number, local address, remote address, state, ..., inode.</summary>
    internal static ListeningSocket? Parse(string line)
    {
        var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 10 || fields[3] != Listening)
        {
            return null;
        }

        var colon = fields[1].IndexOf(':', StringComparison.Ordinal);
        var port = int.Parse(fields[1].AsSpan(colon + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return new ListeningSocket(
            Address(fields[1].AsSpan(0, colon)), port, ulong.Parse(fields[9], CultureInfo.InvariantCulture));
    }

    // The kernel prints each 32-bit word of the address as it lies in memory, read as a number of this processor.
    private static IPAddress Address(ReadOnlySpan<char> hex)
    {
        Span<byte> bytes = stackalloc byte[hex.Length / 2];
        for (var at = 0; at < bytes.Length; at += 4)
        {
            var word = uint.Parse(hex.Slice(at * 2, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (BitConverter.IsLittleEndian)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(bytes[at..], word);
            }
            else
            {
                BinaryPrimitives.WriteUInt32BigEndian(bytes[at..], word);
            }
        }

        return new IPAddress(bytes);
    }

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
