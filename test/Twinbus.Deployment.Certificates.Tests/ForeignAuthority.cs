using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Twinbus.Hosts;

namespace Twinbus.Deployment.Certificates.Tests;

/// <summary>A certificate that somebody else issues, with whatever is wrong with it.</summary>
internal sealed record ForeignRequest
{
    public string[] Names { get; init; } = [];

    public AsymmetricAlgorithm? Key { get; init; }

    public DateTimeOffset Begins { get; init; } = Workshop.Beginning.AddDays(-10);

    public DateTimeOffset Ends { get; init; } = Workshop.Beginning.AddDays(90);

    public string? Usage { get; init; }

    /// <summary>Signed with SHA-1, which .NET does only when it is told how.</summary>
    public bool SignedWithSha1 { get; init; }
}

/// <summary>An authority that is not Twinbus's own.</summary>
internal sealed class ForeignAuthority
{
    // Making an RSA key takes long, and no test asks whose key signed, only which authority did.
    private static readonly RSA Key = RSA.Create(2048);
    private readonly X509Certificate2 certificate;

    public ForeignAuthority(string name) =>
        certificate = Request(name).CreateSelfSigned(Workshop.Beginning.AddYears(-1), Workshop.Beginning.AddYears(1));

    private ForeignAuthority(X509Certificate2 certificate) => this.certificate = certificate;

    public string Pem => certificate.ExportCertificatePem() + "\n";

    public static string KeyPem => Key.ExportPkcs8PrivateKeyPem() + "\n";

    public ForeignAuthority IssueAuthority(string name)
    {
        using X509Certificate2 issued = Request(name).Create(
            certificate, Workshop.Beginning.AddDays(-20), Workshop.Beginning.AddDays(200), [1, 2, 3]);
        return new ForeignAuthority(X509Certificate2.CreateFromPem(issued.ExportCertificatePem()));
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
            wanted.Begins,
            wanted.Ends,
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
