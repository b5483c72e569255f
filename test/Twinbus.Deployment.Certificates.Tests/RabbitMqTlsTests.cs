using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Twinbus.Deployment.Backends.RabbitMq;
using Twinbus.Deployment.Model;
using Twinbus.Hosts.Kinds.Files;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.RabbitMq.Certificates;
using Twinbus.Hosts.RabbitMq.Management;
using Twinbus.Testing;
using Xunit;

namespace Twinbus.Deployment.Certificates.Tests;

public sealed class RabbitMqTlsTests
{
    private static readonly InstancePaths Paths = new("default-rpc");
    private static readonly RabbitMqNode Node = new() { NodeName = "twinbus-default-rpc@node1", SystemUser = Paths.SystemUser, Home = Paths.Data, EpmdPort = 4370 };

    private readonly Workshop workshop = new();

    [Theory]
    [InlineData("tls12", TlsVersion.Tls12, false)]
    [InlineData("tls13", TlsVersion.Tls13, false)]
    [InlineData("tls12-clients-verified", TlsVersion.Tls12, true)]
    public void ListenerIsConfiguredForWhatIsAsked(string name, TlsVersion version, bool verifyClients)
    {
        RabbitMqTls tls = new(Paths, new InstanceTls { MinimumVersion = version, VerifyClients = verifyClients });

        GoldenFile.Matches(tls.ConfigurationLines("192.0.2.1:5671"), $"rabbitmq/{name}.conf");
        Assert.Equal("", tls.ErlangArguments);
        Assert.Null(tls.LoadedFile);
    }

    [Fact]
    public void CustomCertificateWithoutAnAuthorityFileNeedsNone()
    {
        RabbitMqTls tls = new(Paths, new InstanceTls { Custom = new CustomCertificateFiles { Certificate = "/pki/a.crt", Key = "/pki/a.key" } });

        Assert.DoesNotContain("cacertfile", tls.ConfigurationLines("192.0.2.1:5671"));
        Assert.DoesNotContain("trusted.pem", Files(tls, trusted: null).Select(resource => resource.Name));
    }

    [Fact]
    public void MembersVerifyEachOther()
    {
        RabbitMqTls tls = new(Paths, new InstanceTls { InterNode = true });

        GoldenFile.Matches(tls.Distribution(), "rabbitmq/ssl-dist.conf");
        Assert.Equal("-proto_dist inet_tls -ssl_dist_optfile /etc/twinbus/default-rpc/ssl-dist.conf", tls.ErlangArguments);
        Assert.Equal("/etc/twinbus/default-rpc/ssl-dist.conf", tls.LoadedFile);
    }

    [Fact]
    public void KeyIsForTheBrokerOnlyAndNeverHalfOfAPair()
    {
        KeyedCertificate pair = Pair();
        RabbitMqTls tls = new(Paths, new InstanceTls());

        FileResource identity = Assert.IsType<FileResource>(tls.Files(pair, "trusted").Single(file => file.Name.EndsWith("identity.pem", StringComparison.Ordinal)));

        Assert.Null(identity.Content);
        Assert.Contains(pair.Certificate, identity.SecretContent!.Reveal());
        Assert.Contains(pair.Key.Reveal(), identity.SecretContent!.Reveal());
        Assert.Equal(("root", Paths.SystemUser), (identity.Owner, identity.Group));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, identity.Mode);
    }

    [Fact]
    public void CertificateToBeShownIsTheNodesOwn()
    {
        KeyedCertificate pair = Pair();
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(pair.Certificate);

        RabbitMqCertificateResource resource = new RabbitMqTls(Paths, new InstanceTls()).Certificate(pair, null, Node, "127.0.0.1", 5671);

        Assert.Equal(certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant(), resource.Sha256);
        Assert.Null(resource.ClientAuthorities);
        Assert.Equal(("default-rpc:5671", "twinbus-default-rpc"), (resource.Name, resource.Unit));
    }

    [Fact]
    public void VerifiedClientsComeFromEveryAuthorityOfTheBundle()
    {
        InstanceTls settings = new() { VerifyClients = true };
        InstanceCertificates one = workshop.Prepare(Workshop.Order(settings, "node1"));
        InstanceCertificates other = workshop.Prepare(Workshop.Order(settings, "node1"));

        RabbitMqCertificateResource resource = new RabbitMqTls(Paths, settings)
            .Certificate(one.Hosts["node1"], one.Trusted + other.Trusted, Node, "127.0.0.1", 5671);

        Assert.Equal(
            ["CN=Twinbus default-rpc authority 40000000", "CN=Twinbus default-rpc authority 40000000"],
            resource.ClientAuthorities!);
    }

    private static ImmutableArray<Resource> Files(RabbitMqTls tls, string? trusted) => tls.Files(Pair(), trusted);

    private static KeyedCertificate Pair() => new Workshop().Prepare(Workshop.Order(new InstanceTls(), "node1")).Hosts["node1"];
}
