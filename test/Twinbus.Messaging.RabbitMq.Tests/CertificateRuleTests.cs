using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RabbitMQ.Client;
using Twinbus.Testing;
using Xunit;

namespace Twinbus.Messaging.RabbitMq.Tests;

/// <summary>Which certificates the driver lets a broker show.</summary>
public sealed class CertificateRuleTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly RSA caKey = RSA.Create(2048);
    private readonly X509Certificate2 ca;

    public CertificateRuleTests()
    {
        var request = new CertificateRequest("CN=test authority", caKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        ca = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        directory.Write("ca.pem", ca.ExportCertificatePem());
    }

    public void Dispose()
    {
        ca.Dispose();
        caKey.Dispose();
        directory.Dispose();
    }

    [Theory]
    [InlineData("broker.example")]
    [InlineData("BROKER.example")]
    [InlineData("a.wild.example")]
    [InlineData("192.0.2.1")]
    [InlineData("::1")]
    public void ANameAmongTheSubjectAlternativeNamesCounts(string host) =>
        Assert.Null(Refusal(Issue("CN=x", ["broker.example", "*.wild.example"], ["192.0.2.1", "::1"]), host));

    [Theory]
    [InlineData("broker.example", "its certificate is not for broker.example, but for other.example")]
    [InlineData("not a name", "its certificate is not for not a name, but for other.example")]
    public void WithAlternativeNamesTheCommonNameDoesNotCount(string host, string said) =>
        Assert.Equal(said, Refusal(Issue("CN=broker.example", ["other.example"], []), host));

    [Theory]
    [InlineData("broker.example")]
    [InlineData("192.0.2.1")]
    public void WithoutAnyTheCommonNameDoesNotCountEither(string host) => Assert.Equal(
        $"its certificate is not for {host}: it has no subject alternative name, and its common name ({host}) does not count",
        Refusal(Issue($"CN={host}", [], []), host));

    [Fact]
    public void ACertificateWithoutNamesIsTakenWhenNamesAreNotVerified() =>
        Assert.Null(Refusal(Issue("CN=x", [], []), "broker.example", tls => tls with { VerifyHostName = false }));

    [Fact]
    public void AWeakKeyIsRefused()
    {
        using RSA weak = RSA.Create(1024);
        Assert.Contains("RSA key of 1024 bits", Refusal(Issue("CN=x", ["broker.example"], [], weak), "broker.example"), StringComparison.Ordinal);
    }

    [Fact]
    public void AForgeableSignatureIsRefused()
    {
        string? refusal = Refusal(Issue("CN=x", ["broker.example"], [], hash: HashAlgorithmName.SHA1), "broker.example");
        Assert.Contains("SHA-1", refusal, StringComparison.Ordinal);
        refusal = Refusal(Issue("CN=x", ["broker.example"], [], hash: HashAlgorithmName.SHA1, padding: RSASignaturePadding.Pss), "broker.example");
        Assert.Contains("SHA-1", refusal, StringComparison.Ordinal);
        Assert.Null(Refusal(Issue("CN=x", ["broker.example"], [], hash: HashAlgorithmName.SHA256, padding: RSASignaturePadding.Pss), "broker.example"));
    }

    [Theory]
    [InlineData(X509RevocationMode.NoCheck, null)]
    [InlineData(X509RevocationMode.Offline, "is not good by the authorities")]
    public void RevocationIsLookedAtOnlyWhenItIsAskedFor(X509RevocationMode mode, string? said)
    {
        string? refusal = Refusal(Issue("CN=x", ["broker.example"], []), "broker.example", tls => tls with { Revocation = mode });
        if (said is null)
        {
            Assert.Null(refusal);
        }
        else
        {
            Assert.Contains(said, refusal, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void NothingOlderThanTls12IsOffered() =>
        Assert.Equal(SslProtocols.Tls12 | SslProtocols.Tls13, Option("broker.example").Version);

    private X509Certificate2 Issue(
        string subject, string[] names, string[] addresses, RSA? key = null, HashAlgorithmName? hash = null, RSASignaturePadding? padding = null)
    {
        using RSA own = RSA.Create(2048);
        var request = new CertificateRequest(subject, key ?? own, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        if (names.Length + addresses.Length > 0)
        {
            var builder = new SubjectAlternativeNameBuilder();
            Array.ForEach(names, builder.AddDnsName);
            Array.ForEach(addresses, address => builder.AddIpAddress(IPAddress.Parse(address)));
            request.CertificateExtensions.Add(builder.Build());
        }

        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        var generator = new Signature(caKey, hash ?? HashAlgorithmName.SHA256, padding ?? RSASignaturePadding.Pkcs1);
        return request.Create(ca.SubjectName, generator, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1), RandomNumberGenerator.GetBytes(8));
    }

    private SslOption Option(string host, Func<RabbitTlsOptions, RabbitTlsOptions>? change = null)
    {
        var tls = new RabbitTlsOptions { Enabled = true, CaFile = directory["ca.pem"] };
        return (change is null ? tls : change(tls)).ToSslOption(host);
    }

    private string? Refusal(X509Certificate2 shown, string host, Func<RabbitTlsOptions, RabbitTlsOptions>? change = null)
    {
        using (shown)
        {
            try
            {
                // What the library below thinks of names is not asked: it takes a common name.
                return Option(host, change).CertificateValidationCallback!(this, shown, null, SslPolicyErrors.None) ? null : "refused without a reason";
            }
            catch (AuthenticationException refused)
            {
                return refused.Message;
            }
        }
    }

    // The hash of the request is not that of the signature: an authority chooses, and .NET's own would not choose SHA-1.
    private sealed class Signature(RSA key, HashAlgorithmName hash, RSASignaturePadding padding) : X509SignatureGenerator
    {
        private readonly X509SignatureGenerator inner = CreateForRSA(key, padding);

        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) =>
            hash != HashAlgorithmName.SHA1 ? inner.GetSignatureAlgorithmIdentifier(hash)
            : padding == RSASignaturePadding.Pss ? Convert.FromHexString("300D06092A864886F70D01010A3000")
            : Convert.FromHexString("300D06092A864886F70D0101050500");

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) => key.SignData(data, hash, padding);

        protected override PublicKey BuildPublicKey() => inner.PublicKey;
    }
}
