using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Twinbus.Deployment.Model;
using Xunit;

namespace Twinbus.Deployment.Certificates.Tests;

[Trait("Needs", "Broker")]
public sealed class RabbitMqTlsBrokerTests
{
    // A fatal alert (21, 2): protocol_version (70).
    private static readonly byte[] ProtocolVersionAlert = [21, 2, 70];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ClientsVerifyChainAndNameOldVersionsAreRefusedAndThePlaintextPortIsClosed()
    {
        InstanceTls tls = new();
        InstanceCertificates certificates = TlsBroker.Issue(tls);
        await using TlsBroker broker = await TlsBroker.StartAsync(tls, certificates, Cancellation);

        await using (TlsClient client = await broker.ConnectAsync(certificates.Trusted!, Cancellation))
        {
            Assert.Equal(SslProtocols.Tls13, client.Version);
            Assert.True(await client.IsGreetedAsync(Cancellation));
        }

        await using (TlsClient client = await broker.ConnectAsync(certificates.Trusted!, Cancellation, name: "127.0.0.1", versions: SslProtocols.Tls12))
        {
            Assert.Equal("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", client.Cipher);
            Assert.True(await client.IsGreetedAsync(Cancellation));
        }

        await TlsBroker.RefusedAsync(() => broker.ConnectAsync(TlsBroker.Issue(tls).Trusted!, Cancellation));
        await TlsBroker.RefusedAsync(() => broker.ConnectAsync(certificates.Trusted!, Cancellation, name: "other.example"));
        Assert.Equal(ProtocolVersionAlert, await broker.AnswerToOldHelloAsync(Cancellation));

        using Socket plaintext = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        SocketException refusal = await Assert.ThrowsAsync<SocketException>(
            () => plaintext.ConnectAsync(new IPEndPoint(IPAddress.Loopback, broker.Server.AmqpPort), Cancellation).AsTask());
        Assert.Equal(SocketError.ConnectionRefused, refusal.SocketErrorCode);
    }

    [Fact]
    public async Task Tls13AloneIsServedAloneAndTheCommandLineReachesANodeWhoseDistributionIsTls()
    {
        InstanceTls tls = new() { MinimumVersion = TlsVersion.Tls13, InterNode = true };
        InstanceCertificates certificates = TlsBroker.Issue(tls);
        await using TlsBroker broker = await TlsBroker.StartAsync(tls, certificates, Cancellation);

        await TlsBroker.RefusedAsync(() => broker.ConnectAsync(certificates.Trusted!, Cancellation, versions: SslProtocols.Tls12));
        await using TlsClient client = await broker.ConnectAsync(certificates.Trusted!, Cancellation);
        Assert.True(await client.IsGreetedAsync(Cancellation));

        Assert.Contains("inet_tls", await broker.Server.ControlAsync(["eval", "init:get_argument(proto_dist)."], Cancellation));
    }
}
