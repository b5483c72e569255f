using System.Security.Cryptography;
using Twinbus.Deployment.Secrets;

namespace Twinbus.Deployment.Certificates;

/// <summary>Makes a private key for ECDSA on P-256; the caller disposes of it.</summary>
public delegate ECDsa KeySource();

/// <summary>What issuing a certificate needs from outside: the time, bytes that nobody can foresee, and keys.</summary>
/// <param name="Clock">The time.</param>
/// <param name="Bytes">Bytes for serial numbers.</param>
/// <param name="Keys">Keys: apart from <paramref name="Bytes"/> since the cryptographic library makes keys from its own.</param>
public sealed record CertificateSources(TimeProvider Clock, ByteSource Bytes, KeySource Keys)
{
    /// <summary>The system's clock and its cryptographic source.</summary>
    public static CertificateSources System { get; } =
        new(TimeProvider.System, RandomNumberGenerator.Fill, () => ECDsa.Create(ECCurve.NamedCurves.nistP256));
}
