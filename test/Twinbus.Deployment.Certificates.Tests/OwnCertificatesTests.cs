using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Twinbus.Deployment.Model;
using Twinbus.Hosts;
using Xunit;

namespace Twinbus.Deployment.Certificates.Tests;

public sealed class OwnCertificatesTests
{
    private readonly Workshop workshop = new();

    [Fact]
    public void CertificateIsGoodForEveryNameOfItsHostAndForNoOther()
    {
        CertificateOrder order = Workshop.Order(new InstanceTls(), "node1.example") with
        {
            Hosts = Workshop.Order(new InstanceTls(), []).Hosts.Add("node1.example", ServerNames.Of(["Node1.Example", "192.0.2.7", "2001:db8::7"], isLocal: true)),
        };
        InstanceCertificates made = workshop.Prepare(order);
        string certificate = made.Hosts["node1.example"].Certificate;

        Assert.All(
            ["node1.example", "192.0.2.7", "2001:db8::7", "localhost", "127.0.0.1", "::1"],
            name => Assert.True(workshop.Accepts(made.Trusted!, certificate, name), name));
        Assert.False(workshop.Accepts(made.Trusted!, certificate, "node2.example"));
        Assert.False(workshop.Accepts(made.Trusted!, certificate, "192.0.2.8"));
    }

    [Fact]
    public void CertificateSaysWhatStrictVerifiersAskFor()
    {
        InstanceCertificates made = workshop.Prepare(Workshop.Order(new InstanceTls(), "node1"));
        using X509Certificate2 authority = X509Certificate2.CreateFromPem(made.Trusted!);
        using X509Certificate2 leaf = X509Certificate2.CreateFromPem(made.Hosts["node1"].Certificate);

        X509BasicConstraintsExtension constraints = Only<X509BasicConstraintsExtension>(authority);
        Assert.True(constraints is { Critical: true, CertificateAuthority: true, HasPathLengthConstraint: true, PathLengthConstraint: 0 });
        Assert.True(Only<X509BasicConstraintsExtension>(leaf) is { Critical: true, CertificateAuthority: false });
        Assert.True(Only<X509KeyUsageExtension>(authority) is { Critical: true, KeyUsages: X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign });
        Assert.True(Only<X509KeyUsageExtension>(leaf) is { Critical: true, KeyUsages: X509KeyUsageFlags.DigitalSignature });
        Assert.Equal(["1.3.6.1.5.5.7.3.1"], Usages(leaf));
        Assert.Equal(
            Only<X509SubjectKeyIdentifierExtension>(authority).SubjectKeyIdentifierBytes.ToArray(),
            Only<X509AuthorityKeyIdentifierExtension>(leaf).KeyIdentifier!.Value.ToArray());
        Only<X509SubjectKeyIdentifierExtension>(leaf);
        Assert.Equal("1.2.840.10045.4.3.2", leaf.SignatureAlgorithm.Value);
        using ECDsa key = leaf.GetECDsaPublicKey()!;
        Assert.Equal(256, key.KeySize);
    }

    [Fact]
    public void CertificateLivesAYearFromAnHourAgoAndItsAuthorityTen()
    {
        InstanceCertificates made = workshop.Prepare(Workshop.Order(new InstanceTls(), "node1"));
        using X509Certificate2 authority = X509Certificate2.CreateFromPem(made.Trusted!);
        using X509Certificate2 leaf = X509Certificate2.CreateFromPem(made.Hosts["node1"].Certificate);

        Assert.Equal(Workshop.Beginning.AddHours(-1), leaf.NotBefore);
        Assert.Equal(Workshop.Beginning.AddDays(365), leaf.NotAfter);
        Assert.Equal(Workshop.Beginning.AddHours(-1), authority.NotBefore);
        Assert.Equal(Workshop.Beginning.AddYears(10), authority.NotAfter);
    }

    [Fact]
    public void SerialNumbersComeFromTheByteSourceAndArePositive()
    {
        InstanceCertificates made = workshop.Prepare(Workshop.Order(new InstanceTls(), "node1"));
        using X509Certificate2 leaf = X509Certificate2.CreateFromPem(made.Hosts["node1"].Certificate);

        Assert.Equal("40000000000000000000000000000002", leaf.SerialNumber);
    }

    [Theory]
    [InlineData(false, "1.3.6.1.5.5.7.3.1")]
    [InlineData(true, "1.3.6.1.5.5.7.3.1 1.3.6.1.5.5.7.3.2")]
    public void OnlyAMemberThatOpensConnectionsToOthersMayBeAClient(bool interNode, string usages)
    {
        InstanceCertificates made = workshop.Prepare(Workshop.Order(new InstanceTls { InterNode = interNode }, "node1"));
        using X509Certificate2 leaf = X509Certificate2.CreateFromPem(made.Hosts["node1"].Certificate);

        Assert.Equal(usages, string.Join(' ', Usages(leaf)));
    }

    [Fact]
    public void ClientsHaveACertificateOfTheirOwnOnlyWhenTheyAreVerified()
    {
        Assert.Null(workshop.Prepare(Workshop.Order(new InstanceTls(), "node1")).Client);

        KeyedCertificate client = workshop.Prepare(Workshop.Order(new InstanceTls { VerifyClients = true }, "node1")).Client!;
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(client.Certificate);
        Assert.Equal(["1.3.6.1.5.5.7.3.2"], Usages(certificate));
    }

    [Fact]
    public void NothingChangesWhenAllIsGood()
    {
        CertificateOrder order = Workshop.Order(new InstanceTls { VerifyClients = true, InterNode = true }, "node1", "node2");
        InstanceCertificates first = workshop.Prepare(order);
        workshop.Clock.Advance(TimeSpan.FromDays(334));

        PreparedCertificates second = workshop.Prepare(first, order);

        Assert.True(second.Certificates.SameAs(first));
        Assert.Empty(second.Changes);
    }

    [Fact]
    public void CertificateIsRenewedFromThirtyDaysBeforeItsEnd()
    {
        CertificateOrder order = Workshop.Order(new InstanceTls(), "node1");
        InstanceCertificates first = workshop.Prepare(order);
        workshop.Clock.Advance(TimeSpan.FromDays(335));

        PreparedCertificates second = workshop.Prepare(first, order);

        Assert.Equal(["new certificate of node1: the present one ends on 2027-03-01"], second.Changes);
        Assert.NotEqual(first.Hosts["node1"], second.Certificates.Hosts["node1"]);
        Assert.Equal(first.Authority, second.Certificates.Authority);
        Assert.True(workshop.Accepts(first.Trusted!, second.Certificates.Hosts["node1"].Certificate, "node1"));
    }

    [Fact]
    public void CertificateIsRenewedWhenItsHostHasAFurtherName()
    {
        CertificateOrder order = Workshop.Order(new InstanceTls(), "node1", "node2");
        InstanceCertificates first = workshop.Prepare(order);

        PreparedCertificates second = workshop.Prepare(
            first, order with { Hosts = order.Hosts.SetItem("node1", ServerNames.Of(["node1", "192.0.2.1"])) });

        Assert.Equal(["new certificate of node1: the present one is not good for 192.0.2.1"], second.Changes);
        Assert.Equal(first.Hosts["node2"], second.Certificates.Hosts["node2"]);
    }

    [Fact]
    public void CertificateIsRenewedWhenItsKeyIsNotItsOwn()
    {
        CertificateOrder order = Workshop.Order(new InstanceTls(), "node1", "node2");
        InstanceCertificates first = workshop.Prepare(order);
        KeyedCertificate mixed = first.Hosts["node1"] with { Key = first.Hosts["node2"].Key };

        PreparedCertificates second = workshop.Prepare(first with { Hosts = first.Hosts.SetItem("node1", mixed) }, order);

        Assert.Equal(["new certificate of node1: the present one has another key"], second.Changes);
    }

    [Fact]
    public void CertificateOfAnotherAuthorityIsReplaced()
    {
        CertificateOrder order = Workshop.Order(new InstanceTls(), "node1");
        InstanceCertificates first = workshop.Prepare(order);
        InstanceCertificates foreign = workshop.Prepare(order);

        PreparedCertificates second = workshop.Prepare(first with { Hosts = foreign.Hosts }, order);

        Assert.Equal(["new certificate of node1: the present one is from another CA"], second.Changes);
    }

    [Fact]
    public void CertificateThatIsNoTextOfOursIsReplaced()
    {
        CertificateOrder order = Workshop.Order(new InstanceTls(), "node1");
        InstanceCertificates first = workshop.Prepare(order);
        KeyedCertificate damaged = first.Hosts["node1"] with { Certificate = first.Hosts["node1"].Certificate[..80] };

        PreparedCertificates second = workshop.Prepare(first with { Hosts = first.Hosts.SetItem("node1", damaged) }, order);

        Assert.Equal(["new certificate of node1: the present one cannot be read"], second.Changes);
    }

    [Fact]
    public void CertificateFromTheFutureIsReplaced()
    {
        CertificateOrder order = Workshop.Order(new InstanceTls(), "node1");
        InstanceCertificates first = workshop.Prepare(order);
        workshop.Clock.Advance(TimeSpan.FromDays(10));
        KeyedCertificate later = workshop.Prepare(first with { Hosts = first.Hosts.Clear() }, order).Certificates.Hosts["node1"];
        Workshop earlier = new();

        PreparedCertificates second = earlier.Prepare(first with { Hosts = first.Hosts.SetItem("node1", later) }, order);

        Assert.Equal(["new certificate of node1: the present one begins on 2026-03-11"], second.Changes);
    }

    [Fact]
    public void TurningInterNodeOnReissuesServersThatMayNotBeClients()
    {
        InstanceCertificates first = workshop.Prepare(Workshop.Order(new InstanceTls(), "node1"));

        PreparedCertificates second = workshop.Prepare(first, Workshop.Order(new InstanceTls { InterNode = true }, "node1"));

        Assert.Equal(["new certificate of node1: the present one may not be used in both directions"], second.Changes);
    }

    [Fact]
    public void CertificateOfAHostThatLeftIsForgotten()
    {
        InstanceCertificates first = workshop.Prepare(Workshop.Order(new InstanceTls(), "node1", "node2"));

        PreparedCertificates second = workshop.Prepare(first, Workshop.Order(new InstanceTls(), "node2"));

        Assert.Equal(["node2"], second.Certificates.Hosts.Keys);
        Assert.Empty(second.Changes);
    }

    [Fact]
    public void InstancesHaveAuthoritiesOfTheirOwn()
    {
        InstanceCertificates rpc = workshop.Prepare(Workshop.Order(new InstanceTls(), "node1"));
        InstanceCertificates notify = workshop.Prepare(Workshop.Order(new InstanceTls(), "node1") with { Instance = "default-notify" });

        Assert.False(workshop.Accepts(rpc.Trusted!, notify.Hosts["node1"].Certificate, "node1"));
    }

    [Fact]
    public void KeysAreSecretsInEveryText()
    {
        InstanceCertificates made = workshop.Prepare(Workshop.Order(new InstanceTls { VerifyClients = true }, "node1"));

        Assert.DoesNotContain("PRIVATE KEY", made.ToString());
        Assert.DoesNotContain("PRIVATE KEY", made.Hosts["node1"].ToString());
        Assert.Contains(Secret.Redacted, made.Authority.Generations[0].ToString());
    }

    private static IEnumerable<string?> Usages(X509Certificate2 certificate) =>
        Only<X509EnhancedKeyUsageExtension>(certificate).EnhancedKeyUsages.Cast<Oid>().Select(usage => usage.Value);

    private static T Only<T>(X509Certificate2 certificate)
        where T : X509Extension => Assert.Single(certificate.Extensions.OfType<T>());
}
