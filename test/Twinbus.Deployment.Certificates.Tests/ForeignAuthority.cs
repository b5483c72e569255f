using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Twinbus.Hosts;

namespace Twinbus.Deployment.Certificates.Tests;

/// <summary>A certificate that somebody else issues, with whatever is wrong with it.</summary>
internal sealed record ForeignRequest
{
    public string[] Names { get; init; } = [];

    public AsymmetricAlgorithm? Key { get; init; }

    /// <summary>Null: ten days ago.</summary>
    public DateTimeOffset? Begins { get; init; }

    /// <summary>Null: in ninety days.</summary>
    public DateTimeOffset? Ends { get; init; }

    public string? Usage { get; init; }

    /// <summary>Signed with SHA-1, which .NET does only when it is told how.</summary>
    public bool SignedWithSha1 { get; init; }
}

/// <summary>A CA that is not Twinbus's own.</summary>
internal sealed class ForeignAuthority
{
    // Making an RSA key takes long, and no test asks whose key signed, only which CA did.
    private static readonly RSA Key = RSA.Create(2048);
    private readonly X509Certificate2 certificate;
    private readonly DateTimeOffset now;

    /// <summary>A root. Its time is that of the workshop's clock at its beginning, or <paramref name="now"/>.</summary>
    public ForeignAuthority(string name, DateTimeOffset? now = null)
    {
        this.now = now ?? Workshop.Beginning;
        certificate = Request(name).CreateSelfSigned(this.now.AddYears(-1), this.now.AddYears(1));
    }

    private ForeignAuthority(X509Certificate2 certificate, DateTimeOffset now)
    {
        this.certificate = certificate;
        this.now = now;
    }

    public string Pem => certificate.ExportCertificatePem() + "\n";

    public static string KeyPem => Key.ExportPkcs8PrivateKeyPem() + "\n";

    public ForeignAuthority IssueAuthority(string name)
    {
        using X509Certificate2 issued = Request(name).Create(
            certificate, now.AddDays(-20), now.AddDays(200), [1, 2, 3]);
        return new ForeignAuthority(X509Certificate2.CreateFromPem(issued.ExportCertificatePem()), now);
    }

    public KeyedCertificate Issue(ForeignRequest wanted)
    {
        using ECDsa ordinary = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        AsymmetricAlgorithm leafKey = wanted.Key ?? ordinary;
        CertificateRequest request = leafKey is RSA rsa
            ? new CertificateRequest("CN=server", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest("CN=server", (ECDsa)leafKey, HashAlgorithmName.SHA256);
        if (wanted.Names.Length > 0)
        {
            request.CertificateExtensions.Add(ServerNames.Of(wanted.Names).ToExtension()!);
        }

        if (wanted.Usage is { } usage)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        }

        using X509Certificate2 issued = request.Create(
            certificate.SubjectName,
            wanted.SignedWithSha1 ? new Sha1Generator() : X509SignatureGenerator.CreateForRSA(Key, RSASignaturePadding.Pkcs1),
            wanted.Begins ?? now.AddDays(-10),
            wanted.Ends ?? now.AddDays(90),
            [4, 5, 6]);
        return new KeyedCertificate(issued.ExportCertificatePem() + "\n", new Secret(leafKey.ExportPkcs8PrivateKeyPem() + "\n"));
    }

    private static CertificateRequest Request(string name)
    {
        CertificateRequest request = new($"CN={name}", Key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        return request;
    }

    private sealed class Sha1Generator : X509SignatureGenerator
    {
        // AlgorithmIdentifier of sha1WithRSAEncryption, with its NULL.
        private static readonly byte[] Algorithm = Convert.FromHexString("300D06092A864886F70D0101050500");

        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) => Algorithm;

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) =>
            Key.SignData(data, HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1);

        protected override PublicKey BuildPublicKey() => new(Key);
    }
}
