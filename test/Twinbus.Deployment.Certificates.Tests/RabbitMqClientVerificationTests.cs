using System.Security.Authentication;
using System.Text.Json;
using System.Text.Json.Nodes;
using Twinbus.Deployment.Model;
using Twinbus.Hosts;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.RabbitMq.Management;
using Twinbus.Messaging;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.RabbitMq;
using Twinbus.Messaging.Rpc;
using Twinbus.Testing;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Deployment.Certificates.Tests;

/// <summary>One broker for all; each test gives it certificates of a new authority first.</summary>
[Trait("Needs", "Broker")]
public sealed class RabbitMqClientVerificationTests(RabbitMqClientVerificationTests.BrokerFixture fixture)
    : IClassFixture<RabbitMqClientVerificationTests.BrokerFixture>
{
    private static readonly InstanceTls Tls = new() { VerifyClients = true };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private TlsBroker Broker => fixture.Broker;

    [Fact]
    public async Task ClientsNeedACertificateOfTheInstancesAuthority()
    {
        InstanceCertificates certificates = await CustomAsync();

        await using (TlsClient client = await Broker.ConnectAsync(certificates.Trusted!, Cancellation, own: certificates.Client))
        {
            Assert.True(await client.IsGreetedAsync(Cancellation));
        }

        await TlsBroker.RefusedInWordsAsync(() => Broker.ConnectAsync(certificates.Trusted!, Cancellation));
        await TlsBroker.RefusedInWordsAsync(() => Broker.ConnectAsync(certificates.Trusted!, Cancellation, own: TlsBroker.Issue(Tls).Client));
        await TlsBroker.RefusedAsync(() => Broker.ConnectAsync(certificates.Trusted!, Cancellation, versions: SslProtocols.Tls12));
    }

    [Fact]
    public async Task RenewedCertificateIsServedWithoutARestartAndNoConnectionIsLost()
    {
        InstanceCertificates first = await CustomAsync();
        int process = Broker.Server.ProcessId;
        await using TlsClient early = await Broker.ConnectAsync(first.Trusted!, Cancellation, own: first.Client);

        InstanceCertificates second = TlsBroker.Issue(Tls);
        Broker.Write(second);
        await using (TlsClient stale = await Broker.ConnectAsync(first.Trusted!, Cancellation, own: first.Client))
        {
            Assert.Equal(TlsBroker.Serial(first), stale.ServerSerial);
        }

        (Outcome before, Outcome after) = await Broker.ConvergeAsync(second, Cancellation);

        Assert.Equal(ResourceAction.Change, before.Action);
        Assert.Equal(ResourceAction.None, after.Action);
        await using (TlsClient late = await Broker.ConnectAsync(second.Trusted!, Cancellation, own: second.Client))
        {
            Assert.Equal(TlsBroker.Serial(second), late.ServerSerial);
            Assert.True(await late.IsGreetedAsync(Cancellation));
        }

        await TlsBroker.RefusedInWordsAsync(() => Broker.ConnectAsync(second.Trusted!, Cancellation, own: first.Client));
        Assert.True(await early.IsGreetedAsync(Cancellation));
        Assert.Equal(process, Broker.Server.ProcessId);
    }

    [Fact]
    public async Task NewAuthorityIsTrustedWithoutARestartWhileTheCertificateStays()
    {
        InstanceCertificates first = await CustomAsync();
        InstanceCertificates other = TlsBroker.Issue(Tls);
        InstanceCertificates both = first with { Trusted = first.Trusted + other.Trusted };
        Broker.Write(both);

        (Outcome before, Outcome after) = await Broker.ConvergeAsync(both, Cancellation);

        Assert.Equal((ResourceAction.Change, "the authorities that clients come from differ"), (before.Action, before.Detail));
        Assert.Equal(ResourceAction.None, after.Action);
        await using TlsClient client = await Broker.ConnectAsync(first.Trusted!, Cancellation, own: other.Client);
        Assert.True(await client.IsGreetedAsync(Cancellation));
    }

    [Fact]
    public async Task BrokerThatReadsOtherFilesIsAnErrorThatSaysSo()
    {
        await CustomAsync();

        HostException failure = await Assert.ThrowsAsync<HostException>(() => Broker.ConvergeAsync(TlsBroker.Issue(Tls), Cancellation));

        Assert.Equal(HostFailureReason.Broker, failure.Reason);
        Assert.Contains("It was told to read its certificate files again and goes on with others.", failure.Message);
    }

    [Fact]
    public async Task DriverCallsThroughABrokerThatVerifiesItAndIsVerified()
    {
        InstanceCertificates certificates = await CustomAsync();

        Assert.Equal("hello", await EchoAsync(certificates, certificates.Trusted!));
        await Assert.ThrowsAnyAsync<MessagingException>(() => EchoAsync(certificates, TlsBroker.Issue(Tls).Trusted!));
    }

    [Fact]
    public async Task DriverFollowsIntermediateAuthoritiesThatTheBrokerSends()
    {
        ForeignAuthority root = new("Foreign Root", DateTimeOffset.UtcNow);
        ForeignAuthority intermediate = root.IssueAuthority("Foreign Intermediate");
        KeyedCertificate server = intermediate.Issue(new ForeignRequest { Names = ["localhost"] });
        InstanceCertificates given = await CustomAsync(new InstanceCertificates
        {
            Trusted = root.Pem,
            Hosts = InstanceCertificates.None.Hosts.Add("localhost", server with { Certificate = server.Certificate + intermediate.Pem }),
            Client = root.Issue(new ForeignRequest()),
        });

        Assert.Equal("hello", await EchoAsync(given, root.Pem));
    }

    private async Task<string?> EchoAsync(InstanceCertificates certificates, string trusted)
    {
        using TemporaryDirectory directory = new();
        string authority = directory.Write("trusted.pem", trusted);
        string pair = directory.Write("client.pem", certificates.Client!.Certificate + certificates.Client.Key.Reveal());
        RabbitMqVirtualHost host = await Broker.Server.CreateVirtualHostAsync(Cancellation);
        TransportOptions options = new() { Drivers = DriverRegistry.Of(new RabbitMqDriver()) };
        await using Transport transport = Transport.Create(
            $"rabbit://{host.User}:{host.Password}@localhost:{Broker.Port}/{host.Name}?ssl=1&ssl_ca_file={authority}&ssl_cert_file={pair}&ssl_key_file={pair}",
            options);
        await transport.ConnectAsync(Cancellation);
        RpcEndpoint echo = new RpcEndpoint().Map("echo", (request, _) => ValueTask.FromResult<Payload>(request.ReadArguments()));
        await using RpcServer server = new(transport, new Target { Topic = "demo", Server = "one" }, [echo]);
        await server.StartAsync(Cancellation);
        JsonElement result = await new RpcClient(transport, new Target { Topic = "demo" })
            .CallAsync(MessageContext.Empty, "echo", new JsonObject { ["word"] = "hello" }, Cancellation);
        return result.GetProperty("word").GetString();
    }

    private async Task<InstanceCertificates> CustomAsync(InstanceCertificates? given = null)
    {
        InstanceCertificates certificates = given ?? TlsBroker.Issue(Tls);
        Broker.Write(certificates);
        (_, Outcome after) = await Broker.ConvergeAsync(certificates, Cancellation);
        Assert.Equal(ResourceAction.None, after.Action);
        return certificates;
    }

    /// <summary>A broker that verifies its clients.</summary>
    public sealed class BrokerFixture : IAsyncLifetime
    {
        private TlsBroker? broker;

        internal TlsBroker Broker => broker!;

        /// <inheritdoc/>
        public async ValueTask InitializeAsync() => broker = await TlsBroker.StartAsync(Tls, TlsBroker.Issue(Tls), CancellationToken.None);

        /// <inheritdoc/>
        public ValueTask DisposeAsync() => Broker.DisposeAsync();
    }
}
