using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RabbitMQ.Client;
using Twinbus.Messaging.Conformance;
using Twinbus.Messaging.Drivers;
using Twinbus.Testing;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.RabbitMq.Tests;

/// <summary>A broker whose certificate is for <c>localhost</c> and for no address.</summary>
public sealed class EncryptedBroker : IAsyncLifetime
{
    private readonly TemporaryDirectory directory = new();

    public RabbitMqServer Server { get; private set; } = null!;

    public int Port { get; } = FreePort.Next();

    /// <summary>The authority that signed the broker's certificate.</summary>
    public string Authority => directory["ca.pem"];

    /// <summary>One that signed nothing.</summary>
    public string OtherAuthority => directory["other.pem"];

    public async ValueTask InitializeAsync()
    {
        using ECDsa caKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 ca = MakeAuthority("CN=test authority", caKey);
        using ECDsa otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 other = MakeAuthority("CN=other authority", otherKey);
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=broker", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        using X509Certificate2 certificate = request.Create(
            ca, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1), RandomNumberGenerator.GetBytes(8));
        directory.Write("ca.pem", ca.ExportCertificatePem());
        directory.Write("other.pem", other.ExportCertificatePem());
        directory.Write("broker.pem", certificate.ExportCertificatePem());
        directory.Write("broker.key", key.ExportPkcs8PrivateKeyPem());
        Server = await RabbitMqServer.StartAsync(new RabbitMqSettings
        {
            Configuration = $"""
                listeners.ssl.1 = 127.0.0.1:{Port}
                ssl_options.certfile = {directory["broker.pem"]}
                ssl_options.keyfile = {directory["broker.key"]}
                """,
        });
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        directory.Dispose();
    }

    private static X509Certificate2 MakeAuthority(string name, ECDsa key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
    }
}

[Trait("Needs", "Broker")]
public sealed class TlsTests(EncryptedBroker broker) : IClassFixture<EncryptedBroker>
{
    private static readonly DriverRegistry Drivers = DriverRegistry.Of(new RabbitMqDriver());

    private static CancellationToken Timeout => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    [Fact]
    public Task CertificateForTheHostThatTheUrlNamesIsAccepted() => ConnectAsync("localhost", $"ssl_ca_file={broker.Authority}");

    [Fact]
    public async Task CertificateForAnotherHostIsRefusedUnlessNamesAreNotToBeVerified()
    {
        // Nothing said about names: they are verified.
        TransportConnectionException error = await Assert.ThrowsAsync<TransportConnectionException>(
            () => ConnectAsync("127.0.0.1", $"ssl_ca_file={broker.Authority}"));
        Assert.Equal(MessagingErrorReason.TlsFailure, error.Reason);
        Assert.Contains("its certificate is not for 127.0.0.1", error.Message, StringComparison.Ordinal);

        await ConnectAsync("127.0.0.1", $"ssl_ca_file={broker.Authority}&ssl_enforce_hostname_verification=false");
    }

    [Theory]
    [InlineData("")]
    [InlineData("&ssl_enforce_hostname_verification=false")]
    public async Task CertificateOfAnotherAuthorityIsRefusedWhateverIsVerified(string more)
    {
        TransportConnectionException error = await Assert.ThrowsAsync<TransportConnectionException>(
            () => ConnectAsync("localhost", $"ssl_ca_file={broker.OtherAuthority}{more}"));
        Assert.Equal(MessagingErrorReason.TlsFailure, error.Reason);
        Assert.Contains($"its certificate is not good by the authorities in {broker.OtherAuthority}", error.Message, StringComparison.Ordinal);

        // And the system's authorities know it as little.
        error = await Assert.ThrowsAsync<TransportConnectionException>(() => ConnectAsync("localhost", more.TrimStart('&')));
        Assert.Contains("the system trusts no authority of its certificate", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Callback", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PortWithoutTlsIsSaidToBeOne()
    {
        NetworkCredential user = broker.Server.Administrator;
        await using var transport = Transport.Create(
            $"rabbit://{user.UserName}:{user.Password}@localhost:{broker.Server.AmqpPort}/?ssl=true&ssl_ca_file={broker.Authority}", new TransportOptions { Drivers = Drivers });

        TransportConnectionException error = await Assert.ThrowsAsync<TransportConnectionException>(async () => await transport.ConnectAsync(Timeout));

        Assert.Equal(MessagingErrorReason.TlsFailure, error.Reason);
        Assert.Contains("Check that this port speaks TLS", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HeadersThatTheClientLibraryCannotReadCostNoConnection()
    {
        NetworkCredential user = broker.Server.Administrator;
        using var log = new LogMemory();
        await using var transport = Transport.Create(
            $"rabbit://{user.UserName}:{user.Password}@localhost:{broker.Port}/?ssl=true&ssl_ca_file={broker.Authority}",
            new TransportOptions { Drivers = Drivers, LoggerFactory = log });
        await using OddTraffic traffic = await OddTraffic.StartAsync(transport);
        var factory = new ConnectionFactory { HostName = "127.0.0.1", Port = broker.Server.AmqpPort, UserName = user.UserName, Password = user.Password };
        await using IConnection connection = await factory.CreateConnectionAsync(Timeout);
        await using IChannel channel = await connection.CreateChannelAsync(null, Timeout);

        var odd = new OddHeadersTests.RawProperties([1, (byte)'d', (byte)'D', 29, 0, 0, 0, 1]);
        await channel.BasicPublishAsync("openstack", OddTraffic.Topic, true, odd, "{}"u8.ToArray(), Timeout);

        Assert.Contains($"localhost:{broker.Port}", await log.NextAsync(2004, Timeout), StringComparison.Ordinal);
        await traffic.AnswersAndHearsAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(0, log.Count(2013));
    }

    private async Task ConnectAsync(string name, string query)
    {
        NetworkCredential user = broker.Server.Administrator;
        await using var transport = Transport.Create(
            $"rabbit://{user.UserName}:{user.Password}@{name}:{broker.Port}/?ssl=true&{query}".TrimEnd('&'),
            new TransportOptions { Drivers = Drivers });
        await transport.ConnectAsync(Timeout);
    }
}
