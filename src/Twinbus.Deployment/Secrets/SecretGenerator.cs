using System.Buffers.Text;
using Twinbus.Hosts;

namespace Twinbus.Deployment.Secrets;

/// <summary>Fills <paramref name="destination"/> with bytes that nobody can foresee; <c>RandomNumberGenerator.Fill</c> outside tests.</summary>
public delegate void ByteSource(Span<byte> destination);

/// <summary>Makes secrets of 32 characters of the URL-safe base64 alphabet: 192 bits, and nothing to escape in a URL or a shell.</summary>
public static class SecretGenerator
{
    private const int Bytes = 24;

    /// <summary>A new secret from <paramref name="bytes"/>.</summary>
    public static Secret Make(ByteSource bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        Span<byte> buffer = stackalloc byte[Bytes];
        bytes(buffer);
        return new Secret(Base64Url.EncodeToString(buffer));
    }
}
