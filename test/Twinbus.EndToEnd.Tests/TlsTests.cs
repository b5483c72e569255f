using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Twinbus.Testing;

namespace Twinbus.EndToEnd.Tests;

/// <summary>A plaintext deployment goes over to TLS with verified clients, and its certificate is renewed under way.</summary>
[Trait("Needs", "Root")]
[Trait("Needs", "Broker")]
public sealed class TlsTests(Deployed deployed) : IClassFixture<Deployed>, IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task TlsIsTurnedOnProvedAndItsCertificateRenewedWithoutARestart()
    {
        Uri plaintext = await deployed.UrlAsync("rpc");
        string environment = directory.Write("tls.yaml", "parameter_defaults:\n  RpcUseSSL: true\n  RpcSSLVerifyClients: true\n");

        // deploy ends with 0 only when a call was answered and a notification arrived, over TLS, as the service's user.
        string[] changes = await deployed.ChangesAsync(0, "deploy", "-e", environment);
        Assert.Contains($"restart service {deployed.User}", changes);
        Uri encrypted = await deployed.UrlAsync("rpc");
        Assert.NotEqual(plaintext.Port, encrypted.Port);
        Assert.Contains("ssl=1", encrypted.Query, StringComparison.Ordinal);
        Assert.False(await AcceptsAsync(plaintext.Port));
        Assert.Empty(await deployed.ChangesAsync(0, "plan"));

        int broker = await BrokerAsync();
        File.Delete(Path.Combine(deployed.Path, "certificates/messaging/hosts/localhost.pem"));
        string[] renewal =
        [
            $"change file /etc/twinbus/{deployed.Instance}/tls/identity.pem",
            $"change rabbitmq-certificate {deployed.Instance}:{encrypted.Port}",
        ];
        Assert.Equal(renewal, await deployed.ChangesAsync(3, "plan"));
        Assert.Equal(renewal, await deployed.ChangesAsync(0, "deploy"));
        Assert.Empty(await deployed.ChangesAsync(0, "plan"));
        Assert.Equal(broker, await BrokerAsync());
        Assert.True((await deployed.JsonAsync(0, "health"))["healthy"]!.GetValue<bool>());
    }

    private async Task<int> BrokerAsync()
    {
        JsonNode paths = (await deployed.JsonAsync(0, "show", "paths"))["paths"]!;
        return int.Parse((await File.ReadAllTextAsync(paths["rpc"]!["pid"]!.GetValue<string>())).Trim(), CultureInfo.InvariantCulture);
    }

    private static async Task<bool> AcceptsAsync(int port)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return false;
        }
    }
}
