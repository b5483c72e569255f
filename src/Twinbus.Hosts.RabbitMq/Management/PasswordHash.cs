using System.Security.Cryptography;
using System.Text;

namespace Twinbus.Hosts.RabbitMq.Management;

/// <summary>RabbitMQ's password hashes: base64 of a four-byte salt and the hash of salt and password.</summary>
public static class PasswordHash
{
    /// <summary>What RabbitMQ calls the algorithm of <see cref="Of"/>.</summary>
    public const string Algorithm = "rabbit_password_hashing_sha256";

    /// <summary>Bytes of salt.</summary>
    public const int SaltLength = 4;

    private const string Sha512Name = "rabbit_password_hashing_sha512";

    /// <summary>The salted SHA-256 hash of a password, as definitions hold it.</summary>
    /// <param name="password">The password.</param>
    /// <param name="salt">Four random bytes.</param>
    public static string Of(Secret password, ReadOnlySpan<byte> salt)
    {
        ArgumentNullException.ThrowIfNull(password);
        ArgumentOutOfRangeException.ThrowIfNotEqual(salt.Length, SaltLength);
        byte[] salted = [.. salt, .. Encoding.UTF8.GetBytes(password.Reveal())];
        return Convert.ToBase64String([.. salt, .. SHA256.HashData(salted)]);
    }

    /// <summary>Whether a broker's hash is of this password. An algorithm that is not known counts as another password.</summary>
    /// <param name="password">The password.</param>
    /// <param name="passwordHash">What the broker holds.</param>
    /// <param name="algorithm">What the broker calls its algorithm.</param>
    public static bool Matches(Secret password, string passwordHash, string algorithm)
    {
        ArgumentNullException.ThrowIfNull(password);
        ArgumentNullException.ThrowIfNull(passwordHash);
        var stored = new byte[passwordHash.Length];
        if (!Convert.TryFromBase64String(passwordHash, stored, out var length) || length <= SaltLength)
        {
            return false;
        }

        byte[] salted = [.. stored.AsSpan(0, SaltLength), .. Encoding.UTF8.GetBytes(password.Reveal())];
        byte[]? hash = algorithm switch
        {
            Algorithm => SHA256.HashData(salted),
            Sha512Name => SHA512.HashData(salted),
            _ => null,
        };
        return hash is not null && CryptographicOperations.FixedTimeEquals(hash, stored.AsSpan(SaltLength, length - SaltLength));
    }
}
