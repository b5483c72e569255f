using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Twinbus.Messaging;

/// <summary>
/// What counts as weak: less than 112 bits of security, as NIST SP 800-131A draws the line. One rule for certificates that a
/// deployment is given and for those that a broker shows to a client.
/// </summary>
public static class CertificateStrength
{
    private const int SmallestRsaKey = 2048;
    private const int SmallestCurve = 256;

    private const string Pss = "1.2.840.113549.1.1.10";
    private const string Sha1 = "1.3.14.3.2.26";

    private static readonly Dictionary<string, string> ForgeableSignatures = new()
    {
        ["1.2.840.113549.1.1.2"] = "MD2",
        ["1.2.840.113549.1.1.4"] = "MD5",
        ["1.2.840.113549.1.1.5"] = "SHA-1",
        [Sha1] = "SHA-1",
        ["1.2.840.113549.2.5"] = "MD5",
        ["1.2.840.10045.4.1"] = "SHA-1",
        ["1.2.840.10040.4.3"] = "SHA-1",
    };

    /// <summary>What is weak about the key, such as <c>an RSA key of 1024 bits</c>; null when nothing is.</summary>
    public static string? WeakKey(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
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
    public static string? WeakSignature(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        string algorithm = certificate.SignatureAlgorithm.Value ?? "";
        return ForgeableSignatures.GetValueOrDefault(algorithm == Pss ? HashOfPss(certificate) : algorithm);
    }

    /// <summary>Whether it vouches for itself: nobody checks the signature of such a one.</summary>
    public static bool IsSelfSigned(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
    }

    // RSASSA-PSS has one name for all hashes; which one it is stands in its parameters, and SHA-1 when nothing does.
    private static string HashOfPss(X509Certificate2 certificate)
    {
        try
        {
            AsnReader whole = new AsnReader(certificate.RawData, AsnEncodingRules.DER).ReadSequence();
            whole.ReadEncodedValue();
            AsnReader algorithm = whole.ReadSequence();
            algorithm.ReadObjectIdentifier();
            AsnReader? parameters = algorithm.HasData ? algorithm.ReadSequence() : null;
            Asn1Tag hash = new(TagClass.ContextSpecific, 0);
            return parameters is { HasData: true } && parameters.PeekTag().HasSameClassAndValue(hash)
                ? parameters.ReadSequence(hash).ReadSequence().ReadObjectIdentifier()
                : Sha1;
        }
        catch (AsnContentException)
        {
            // What cannot be read is not taken on trust.
            return Sha1;
        }
    }
}
