using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Twinbus.Deployment.Certificates;

/// <summary>What counts as weak: less than 112 bits of security, as NIST SP 800-131A draws the line.</summary>
internal static class CertificateStrength
{
    private const int SmallestRsaKey = 2048;
    private const int SmallestCurve = 256;

    private static readonly Dictionary<string, string> ForgeableSignatures = new()
    {
        ["1.2.840.113549.1.1.2"] = "MD2",
        ["1.2.840.113549.1.1.4"] = "MD5",
        ["1.2.840.113549.1.1.5"] = "SHA-1",
        ["1.2.840.10045.4.1"] = "SHA-1",
        ["1.2.840.10040.4.3"] = "SHA-1",
    };

    /// <summary>What is weak about the key, such as <c>an RSA key of 1024 bits</c>; null when nothing is.</summary>
    public static string? WeakKey(X509Certificate2 certificate)
    {
        using RSA? rsa = certificate.GetRSAPublicKey();
        if (rsa is not null)
        {
            return rsa.KeySize < SmallestRsaKey ? $"an RSA key of {rsa.KeySize} bits" : null;
        }

        using ECDsa? curve = certificate.GetECDsaPublicKey();
        return curve is null
            ? $"a key of a kind that brokers do not take ({certificate.PublicKey.Oid.FriendlyName ?? certificate.PublicKey.Oid.Value})"
            : curve.KeySize < SmallestCurve ? $"a key for an elliptic curve of {curve.KeySize} bits" : null;
    }

    /// <summary>The broken hash that the signature is made with; null when it is sound.</summary>
    public static string? WeakSignature(X509Certificate2 certificate) =>
        ForgeableSignatures.GetValueOrDefault(certificate.SignatureAlgorithm.Value ?? "");
}
