using System.Security.Cryptography;

namespace Twinbus.Hosts.Platform;

/// <summary>SHA-256 sums in the form of <c>sha256sum</c>: 64 hexadecimal digits in lower case.</summary>
internal static class ContentHash
{
    public static string Of(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>The sum of a file that is no symbolic link; null when it is not there.</summary>
    public static string? OfFile(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using var file = new FileStream(Posix.OpenForReading(path), FileAccess.Read);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
