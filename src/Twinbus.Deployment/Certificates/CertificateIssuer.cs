using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Twinbus.Hosts;

namespace Twinbus.Deployment.Certificates;

/// <summary>Makes X.509 certificates: ECDSA on P-256 with SHA-256, as RFC 5280 and strict verifiers want them.</summary>
internal sealed class CertificateIssuer(CertificateSources sources)
{
    /// <summary>How long a CA lives.</summary>
    public const int AuthorityYears = 10;

    /// <summary>How long any other certificate lives.</summary>
    public static readonly TimeSpan LeafLife = TimeSpan.FromDays(365);

    /// <summary>Clocks of hosts that are behind ours by less than this accept a new certificate at once.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromHours(1);

    private const int LongestCommonName = 64;
    private const int SerialBytes = 16;

    private const X509KeyUsageFlags AuthorityUsage = X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign;
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    /// <summary>A new CA, signed by itself.</summary>
    /// <param name="name">Whose CA it is; part of its subject, beside a number that tells generations apart.</param>
    public AuthorityGeneration Authority(string name)
    {
        using ECDsa key = sources.Keys();
        DateTimeOffset from = Now();
        byte[] serial = Serial();
        CertificateRequest request = new(
            Subject($"{name} CA {Convert.ToHexStringLower(serial.AsSpan(0, 4))}"), key, HashAlgorithmName.SHA256);
        X509SubjectKeyIdentifierExtension identifier = new(request.PublicKey, critical: false);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(AuthorityUsage, critical: true));
        request.CertificateExtensions.Add(identifier);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(identifier));
        using X509Certificate2 certificate = request.Create(
            request.SubjectName, X509SignatureGenerator.CreateForECDsa(key), from - ClockSkew, from.AddYears(AuthorityYears), serial);
        return new AuthorityGeneration(Pem(certificate), Pem(key));
    }

    /// <summary>A certificate as <paramref name="wanted"/>, signed by <paramref name="authority"/>, which has its key; it ends no later than that.</summary>
    public KeyedCertificate Leaf(LeafRequest wanted, AuthorityGeneration authority)
    {
        using X509Certificate2 issuer = X509Certificate2.CreateFromPem(authority.Certificate);
        using ECDsa issuerKey = ECDsa.Create();
        issuerKey.ImportFromPem(authority.Key!.Reveal());
        using ECDsa key = sources.Keys();
        DateTimeOffset from = Now();
        CertificateRequest request = new(Subject(wanted.CommonName), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(Usages(wanted.Purposes), critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        if (wanted.Names.ToExtension() is { } names)
        {
            request.CertificateExtensions.Add(names);
        }

        using X509Certificate2 certificate = request.Create(
            issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(issuerKey), from - ClockSkew, Earlier(from + LeafLife, issuer.NotAfter), Serial());
        return new KeyedCertificate(Pem(certificate), Pem(key));
    }

    /// <summary>Whether <paramref name="certificate"/> may be used for all of <paramref name="purposes"/>.</summary>
    public static bool Allows(X509Certificate2 certificate, CertificatePurposes purposes)
    {
        if (certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault() is not { } usages)
        {
            return true;
        }

        HashSet<string?> allowed = [.. usages.EnhancedKeyUsages.Cast<Oid>().Select(usage => usage.Value)];
        return Usages(purposes).Cast<Oid>().All(usage => allowed.Contains(usage.Value));
    }

    private static OidCollection Usages(CertificatePurposes purposes)
    {
        OidCollection usages = [];
        if (purposes.HasFlag(CertificatePurposes.Server))
        {
            usages.Add(ServerAuthentication);
        }

        if (purposes.HasFlag(CertificatePurposes.Client))
        {
            usages.Add(ClientAuthentication);
        }

        return usages;
    }

    private static X500DistinguishedName Subject(string commonName)
    {
        X500DistinguishedNameBuilder builder = new();
        builder.AddCommonName(commonName.Length > LongestCommonName ? commonName[..LongestCommonName] : commonName);
        return builder.Build();
    }

    // X.509 knows no fractions of a second.
    private DateTimeOffset Now()
    {
        DateTimeOffset now = sources.Clock.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond));
    }

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    // A positive number of full length: the first bit says the sign, and a leading zero byte would be dropped.
    private byte[] Serial()
    {
        byte[] serial = new byte[SerialBytes];
        sources.Bytes(serial);
        serial[0] = (byte)((serial[0] & 0x3f) | 0x40);
        return serial;
    }

    private static string Pem(X509Certificate2 certificate) => certificate.ExportCertificatePem() + "\n";

    private static Secret Pem(ECDsa key) => new(key.ExportPkcs8PrivateKeyPem() + "\n");
}
