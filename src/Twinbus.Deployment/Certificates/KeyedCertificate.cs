using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Twinbus.Hosts;

namespace Twinbus.Deployment.Certificates;

/// <summary>A certificate and the private key that belongs to it. Inert text: nothing to dispose of.</summary>
/// <param name="Certificate">PEM: the certificate, then the intermediate ones that lead to its CA, if any.</param>
/// <param name="Key">PEM: the private key, not encrypted.</param>
public sealed record KeyedCertificate(string Certificate, Secret Key)
{
    /// <summary>Whether the key is that of the certificate.</summary>
    internal bool KeyMatches(X509Certificate2 certificate) =>
        PublicPart(Key) is { } publicKey && publicKey.AsSpan().SequenceEqual(certificate.PublicKey.ExportSubjectPublicKeyInfo());

    /// <summary>The public key that belongs to a private one (RSA or elliptic curve), or null when it is neither.</summary>
    internal static byte[]? PublicPart(Secret key)
    {
        using ECDsa ellipticCurve = ECDsa.Create();
        if (CanImport(ellipticCurve, key))
        {
            return ellipticCurve.ExportSubjectPublicKeyInfo();
        }

        using RSA rsa = RSA.Create();
        return CanImport(rsa, key) ? rsa.ExportSubjectPublicKeyInfo() : null;
    }

    private static bool CanImport(AsymmetricAlgorithm algorithm, Secret key)
    {
        try
        {
            algorithm.ImportFromPem(key.Reveal());
            return true;
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            return false;
        }
    }
}
