using Twinbus.Deployment.Clients;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Planning;
using Twinbus.Hosts.Kinds.Files;
using Twinbus.Hosts.Kinds.Services;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.RabbitMq.Certificates;
using Xunit;

namespace Twinbus.Deployment.Certificates.Tests;

public sealed class TlsPlanningTests : IDisposable
{
    private readonly PlanningOffice office = new();

    public void Dispose() => office.Dispose();

    [Fact]
    public async Task EachServiceTurnsTlsOnForItself()
    {
        PreparedDeployment prepared = office.Prepare(await office.ReadAsync(
            office.Shipped("messaging/messaging-dual-rabbitmq.yaml"), office.Shipped("ssl/rpc-ssl.yaml")));

        Assert.Equal("rabbit://rpc:***@127.0.0.1:5671/?ssl=1", TransportUrlText.Redacted(prepared.Deployment.Service("rpc")!));
        Assert.Equal("rabbit://notify:***@127.0.0.1:5673/", TransportUrlText.Redacted(prepared.Deployment.Service("notify")!));
        Assert.Equal(new ClientTls { AuthorityFile = "/srv/trial/certificates/rpc/trusted.pem" }, prepared.Deployment.Service("rpc")!.Tls);
        Assert.Null(prepared.Deployment.Service("notify")!.Tls);
        Assert.Equal(["rpc"], prepared.Certificates.Keys);
        Assert.Contains("listeners.tcp = none\n", Text(prepared, "/etc/twinbus/default-rpc/rabbitmq.conf"));
        Assert.DoesNotContain("ssl", Text(prepared, "/etc/twinbus/default-notify/rabbitmq.conf"));
    }

    [Fact]
    public async Task ServicesThatShareABrokerSpeakTlsBoth()
    {
        PreparedDeployment prepared = office.Prepare(await office.ReadAsync(office.Shipped("ssl/all-ssl.yaml")));

        Assert.All(prepared.Deployment.Services, service => Assert.Equal("/srv/trial/certificates/messaging/trusted.pem", service.Tls!.AuthorityFile));
        Assert.Contains("-proto_dist inet_tls", Text(prepared, "/etc/twinbus/default-messaging/rabbitmq-env.conf"));
    }

    [Fact]
    public async Task ClientsThatAreVerifiedAreGivenACertificate()
    {
        PreparedDeployment prepared = office.Prepare(await office.ReadParametersAsync("RpcUseSSL: true\nRpcSSLVerifyClients: true"));

        ClientTls tls = prepared.Deployment.Service("rpc")!.Tls!;
        Assert.Equal("/srv/trial/certificates/messaging/client.pem", tls.CertificateFile);
        Assert.Equal("/srv/trial/certificates/messaging/client.pem", tls.KeyFile);
    }

    [Fact]
    public async Task CertificateFilesAreNoReasonToRestartAndTheOptionsOfDistributionAre()
    {
        PreparedDeployment prepared = office.Prepare(await office.ReadAsync(office.Shipped("ssl/all-ssl.yaml")));

        ServiceResource service = Assert.Single(Resources(prepared).OfType<ServiceResource>());
        Assert.DoesNotContain(service.LoadedFiles, file => file.Contains("/tls/", StringComparison.Ordinal));
        Assert.Contains("/etc/twinbus/default-messaging/ssl-dist.conf", service.LoadedFiles);
        Assert.Equal(
            ["service", "rabbitmq-certificate"],
            prepared.Plan.Hosts[0].Stages.Single(stage => stage.Stage == Stage.Start).Resources.Select(resource => resource.Kind));
    }

    [Fact]
    public async Task CertificatesThatAreKeptAreUsedAgain()
    {
        DeploymentSource source = await office.ReadAsync(office.Shipped("ssl/all-ssl.yaml"));
        PreparedDeployment first = office.Prepare(source);
        PreparedDeployment second = office.Prepare(source, first);

        Assert.True(second.Certificates["messaging"].SameAs(first.Certificates["messaging"]));
        Assert.Equal(Certificate(first), Certificate(second));
        Assert.Empty(second.Notices);
    }

    [Fact]
    public async Task RenewalIsToldAndChangesTheCertificateAlone()
    {
        DeploymentSource source = await office.ReadAsync(office.Shipped("ssl/all-ssl.yaml"));
        PreparedDeployment first = office.Prepare(source);
        office.Workshop.Clock.Advance(TimeSpan.FromDays(340));
        PreparedDeployment second = office.Prepare(source, first);

        Assert.Equal(
            ["default-messaging: new certificate of localhost: the present one ends on 2027-03-01"],
            second.Notices.Select(notice => notice.ToString()));
        Resource[] changed = [.. Resources(second).Where(resource => !Resources(first).Any(before => Same(before, resource)))];
        Assert.Equal(
            ["/etc/twinbus/default-messaging/tls/identity.pem", "default-messaging:5671"],
            changed.Select(resource => resource.Name));
    }

    [Fact]
    public async Task TurningTlsOnMovesAPortThatNobodySet()
    {
        PreparedDeployment plaintext = office.Prepare(await office.ReadAsync());
        PreparedDeployment encrypted = office.Prepare(await office.ReadAsync(office.Shipped("ssl/all-ssl.yaml")), plaintext);
        PreparedDeployment again = office.Prepare(await office.ReadAsync(), encrypted);

        Assert.Equal([5672, 5671, 5672], new[] { plaintext, encrypted, again }.Select(deployment => deployment.Deployment.Instances[0].Ports[PortPurpose.Client]));
    }

    [Fact]
    public async Task PortThatIsSetStays()
    {
        PreparedDeployment prepared = office.Prepare(await office.ReadParametersAsync("RpcUseSSL: true\nRpcPort: 5999"));

        Assert.Equal(5999, prepared.Deployment.Instances[0].Ports[PortPurpose.Client]);
    }

    [Fact]
    public async Task NamesThatClientsUseStandInTheCertificate()
    {
        PreparedDeployment prepared = office.Prepare(await office.ReadParametersAsync("RpcUseSSL: true\nRpcHosts: rpc.cloud.example"));

        InstanceCertificates made = prepared.Certificates["messaging"];
        Assert.True(office.Workshop.Accepts(made.Trusted!, made.Hosts["localhost"].Certificate, "rpc.cloud.example"));
        Assert.True(office.Workshop.Accepts(made.Trusted!, made.Hosts["localhost"].Certificate, "127.0.0.1"));
    }

    [Fact]
    public async Task CustomFilesAreUsedAndNoneIsIssued()
    {
        WriteCustom(["127.0.0.1"]);
        PreparedDeployment prepared = office.Prepare(await office.ReadParametersAsync(
            "RpcUseSSL: true\nRpcSSLCertFile: pki/{host}.crt\nRpcSSLKeyFile: pki/{host}.key\nRpcSSLCAFile: pki/ca.crt"));

        Assert.Equal(CertificateAuthority.None, prepared.Certificates["messaging"].Authority);
        Assert.Equal(new ClientTls { AuthorityFile = office.Path("pki/ca.crt") }, prepared.Deployment.Service("rpc")!.Tls);
    }

    [Fact]
    public async Task BadCustomFileIsToldWhereTheParameterStands()
    {
        WriteCustom(["other.example"]);

        Assert.Equal(
            "my.yaml:3:19: RpcSSLCertFile: pki/localhost.crt is not good for 127.0.0.1: the certificate of CN=server is for other.example, "
            + "and clients verify the name that they connect to; have one issued with these subject alternative names, or one for each host and "
            + "write {host} in the path, or let clients connect by a name that it is good for (RpcHosts, NotifyHosts)",
            await office.ProblemsOfAsync("RpcUseSSL: true\nRpcSSLCertFile: pki/{host}.crt\nRpcSSLKeyFile: pki/{host}.key\nRpcSSLCAFile: pki/ca.crt"));
    }

    [Fact]
    public async Task FilesForABrokerOfSomebodyElseAreCheckedToo()
    {
        office.Write("pki/ca.crt", "nothing");
        string external = office.Shipped("messaging/messaging-rpc-external.yaml");

        Assert.Equal(
            "my.yaml:4:17: RpcSSLCAFile: pki/ca.crt holds no certificate: it is not PEM; give it as PEM: -----BEGIN CERTIFICATE-----",
            await office.ProblemsOfAsync("RpcHosts: broker.example\nRpcUseSSL: true\nRpcSSLCAFile: pki/ca.crt", office.Shipped("messaging/messaging-dual-rabbitmq.yaml"), external));
    }

    [Theory]
    [InlineData(
        "RpcUseSSL: true\nRpcSSLCertFile: a.crt",
        "my.yaml:3:19: RpcSSLCertFile without RpcSSLKeyFile: a certificate is of no use without its key, nor a key without its certificate; give RpcSSLKeyFile too")]
    [InlineData(
        "RpcUseSSL: true\nRpcSSLKeyFile: a.key",
        "my.yaml:3:18: RpcSSLKeyFile without RpcSSLCertFile: a certificate is of no use without its key, nor a key without its certificate; give RpcSSLCertFile too")]
    [InlineData(
        "RpcUseSSL: true\nRpcSSLCAFile: ca.crt",
        "my.yaml:3:17: RpcSSLCAFile without RpcSSLCertFile: the instance's own authority issues its certificates, and no other is trusted; give RpcSSLCertFile and RpcSSLKeyFile too, or remove it")]
    [InlineData(
        "RpcUseSSL: true\nRpcSSLVerifyClients: true\nRpcSSLCertFile: a.crt\nRpcSSLKeyFile: a.key",
        "my.yaml:3:24: RpcSSLVerifyClients without RpcSSLClientCertFile: health checks and clients need a certificate of your authority, which Twinbus cannot issue; give RpcSSLClientCertFile and RpcSSLClientKeyFile")]
    [InlineData(
        "RpcUseSSL: true\nNotifyUseSSL: false",
        "my.yaml:3:17: NotifyUseSSL is false and RpcUseSSL is true: both services share one broker, whose port either speaks TLS or does not; set both alike, or give notify a broker of its own")]
    [InlineData(
        "NotifyUseSSL: true",
        "my.yaml:2:17: NotifyUseSSL is true and RpcUseSSL is false: both services share one broker, whose port either speaks TLS or does not; set both alike, or give notify a broker of its own")]
    [InlineData(
        "RpcUseSSL: true\nRpcSSLMinimumVersion: TLSv1.1",
        "my.yaml:3:25: RpcSSLMinimumVersion cannot be 'TLSv1.1': it must be one of TLSv1.2, TLSv1.3; give another value, or leave it out for the default")]
    public async Task ContradictionIsToldWhereItStands(string parameters, string expected) =>
        Assert.Equal(expected, await office.ProblemsOfAsync(parameters));

    [Fact]
    public async Task FilesWithoutTlsAreNoticed()
    {
        DeploymentSource source = await office.ReadParametersAsync("RpcSSLCAFile: ca.crt");

        Assert.EndsWith(
            "RpcSSLCAFile says nothing: RpcUseSSL is false; set RpcUseSSL to true, or remove it", Assert.Single(source.Notices).ToString());
    }

    private void WriteCustom(string[] names)
    {
        ForeignAuthority authority = new("Foreign Root");
        KeyedCertificate pair = authority.Issue(new ForeignRequest { Names = names });
        office.Write("pki/localhost.crt", pair.Certificate);
        office.Write("pki/localhost.key", pair.Key.Reveal());
        office.Write("pki/ca.crt", authority.Pem);
    }

    private static IEnumerable<Resource> Resources(PreparedDeployment prepared) =>
        prepared.Plan.Hosts.SelectMany(host => host.Stages).SelectMany(stage => stage.Resources);

    private static string Text(PreparedDeployment prepared, string path) =>
        Resources(prepared).OfType<FileResource>().Single(file => file.Path == path).Content!;

    private static string Certificate(PreparedDeployment prepared) =>
        Assert.Single(Resources(prepared).OfType<RabbitMqCertificateResource>()).Sha256;

    // Records compare lists by reference, so what has lists is compared by what this test is about.
    private static bool Same(Resource before, Resource now) => (before, now) switch
    {
        (FileResource one, FileResource other) => one == other,
        (RabbitMqCertificateResource one, RabbitMqCertificateResource other) => one.Name == other.Name && one.Sha256 == other.Sha256,
        _ => (before.Kind, before.Name) == (now.Kind, now.Name),
    };
}
