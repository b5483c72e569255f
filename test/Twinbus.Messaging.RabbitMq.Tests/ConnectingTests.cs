using System.Net;
using System.Net.Sockets;
using Twinbus.Messaging.Drivers;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.RabbitMq.Tests;

[Trait("Needs", "Broker")]
public sealed class ConnectingTests(RabbitMqTransportFixture fixture) : IClassFixture<RabbitMqTransportFixture>
{
    private static readonly DriverRegistry Drivers = DriverRegistry.Of(new RabbitMqDriver(new RabbitMqOptions
    {
        Connection = new RabbitConnectionOptions { ConnectTimeout = TimeSpan.FromSeconds(2) },
    }));

    [Fact]
    public async Task RefusedConnectionSaysThatNothingListens()
    {
        TransportConnectionException error = await FailAsync("rabbit://u:secret@127.0.0.1:1/");

        Assert.Equal(MessagingErrorReason.ConnectionRefused, error.Reason);
        Assert.True(error.IsTransient);
        Assert.Equal("127.0.0.1:1", error.Endpoint);
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownHostSaysSo()
    {
        TransportConnectionException error = await FailAsync("rabbit://u:p@no-such-host.invalid:5672/");

        Assert.Equal(MessagingErrorReason.HostNotFound, error.Reason);
    }

    [Fact]
    public async Task WrongPasswordIsRefusedAccess()
    {
        RabbitMqVirtualHost host = await fixture.VirtualHostAsync();

        TransportConnectionException error = await FailAsync($"rabbit://{host.User}:wrong-secret@127.0.0.1:{host.Port}/{host.Name}");

        Assert.Equal(MessagingErrorReason.AccessRefused, error.Reason);
        Assert.False(error.IsTransient);
        Assert.DoesNotContain("wrong-secret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task MissingVirtualHostIsRefused()
    {
        RabbitMqVirtualHost host = await fixture.VirtualHostAsync();

        TransportConnectionException error = await FailAsync($"rabbit://{host.User}:{host.Password}@127.0.0.1:{host.Port}/absent");

        Assert.Equal(MessagingErrorReason.VirtualHostRefused, error.Reason);
        Assert.Contains("absent", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TlsToAPlainPortFailsAsTls()
    {
        RabbitMqVirtualHost host = await fixture.VirtualHostAsync();

        TransportConnectionException error = await FailAsync($"{host.TransportUrl}?ssl=true");

        Assert.Equal(MessagingErrorReason.TlsFailure, error.Reason);
    }

    [Fact]
    public async Task SilentPeerIsUnreachable()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();

        TransportConnectionException error = await FailAsync($"rabbit://u:p@127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}/");

        Assert.Equal(MessagingErrorReason.Unreachable, error.Reason);
    }

    [Fact]
    public async Task FailoverListIsWalked()
    {
        RabbitMqVirtualHost host = await fixture.VirtualHostAsync();
        string credentials = $"{host.User}:{host.Password}@";
        await using var transport = Transport.Create(
            $"rabbit://{credentials}127.0.0.1:1,{credentials}127.0.0.1:{host.Port}/{host.Name}", new TransportOptions { Drivers = Drivers });

        await transport.ConnectAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void UnknownOptionInTheUrlNamesThoseThatThereAre()
    {
        MessagingException error = Assert.Throws<MessagingException>(
            () => Transport.Create("rabbit://h/?rabbit_qourum_queue=true", new TransportOptions { Drivers = Drivers }));

        Assert.Equal(MessagingErrorReason.InvalidTransportUrl, error.Reason);
        Assert.Contains("rabbit_quorum_queue", error.Message, StringComparison.Ordinal);
    }

    private static async Task<TransportConnectionException> FailAsync(string url)
    {
        await using var transport = Transport.Create(url, new TransportOptions { Drivers = Drivers });
        return await Assert.ThrowsAsync<TransportConnectionException>(
            () => transport.ConnectAsync(TestContext.Current.CancellationToken).AsTask());
    }
}
