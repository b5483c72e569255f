using System.Security.Authentication;
using Twinbus.Hosts;
using Twinbus.Hosts.Convergence;
using Twinbus.Hosts.Running;
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
        InstanceCertificates certificates = await GivenAsync();

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
        InstanceCertificates first = await GivenAsync();
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
        InstanceCertificates first = await GivenAsync();
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
        await GivenAsync();

        HostException failure = await Assert.ThrowsAsync<HostException>(() => Broker.ConvergeAsync(TlsBroker.Issue(Tls), Cancellation));

        Assert.Equal(HostFailureReason.Broker, failure.Reason);
        Assert.Contains("It was told to read its certificate files again and goes on with others.", failure.Message);
    }

    private async Task<InstanceCertificates> GivenAsync()
    {
        InstanceCertificates certificates = TlsBroker.Issue(Tls);
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
