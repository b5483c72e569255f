using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using Twinbus.Deployment.Model;

namespace Twinbus.Deployment.Certificates.Tests;

/// <summary>A clock that tests turn, serial numbers that count, and orders for instances of one or more hosts.</summary>
internal sealed class Workshop
{
    public static readonly DateTimeOffset Beginning = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private byte next;

    public Workshop() => Sources = new CertificateSources(Clock, Count, () => ECDsa.Create(ECCurve.NamedCurves.nistP256));

    public FakeTimeProvider Clock { get; } = new(Beginning);

    public CertificateSources Sources { get; }

    public DateTimeOffset Now => Clock.GetUtcNow();

    public static CertificateOrder Order(InstanceTls tls, params string[] hosts) => new()
    {
        Instance = "default-rpc",
        Hosts = hosts.ToImmutableSortedDictionary(host => host, host => ServerNames.Of([host])),
        Tls = tls,
    };

    public PreparedCertificates Prepare(InstanceCertificates present, CertificateOrder order) =>
        OwnCertificates.Prepare(present, order, Sources);

    public InstanceCertificates Prepare(CertificateOrder order) => Prepare(InstanceCertificates.None, order).Certificates;

    /// <summary>Whether a client that trusts <paramref name="bundle"/> accepts <paramref name="certificate"/> as that of <paramref name="host"/> now.</summary>
    public bool Accepts(string bundle, string certificate, string host)
    {
        using X509Certificate2 leaf = X509Certificate2.CreateFromPem(certificate);
        using X509Chain chain = new();
        X509Certificate2Collection trusted = [];
        trusted.ImportFromPem(bundle);
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(trusted);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = Now.UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1"));
        return leaf.MatchesHostname(host, allowWildcards: true, allowCommonName: false) && chain.Build(leaf);
    }

    private void Count(Span<byte> bytes)
    {
        bytes.Clear();
        bytes[^1] = ++next;
    }
}
