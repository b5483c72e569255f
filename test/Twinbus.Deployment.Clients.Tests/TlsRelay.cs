using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Twinbus.Deployment.Clients.Tests;

/// <summary>Puts TLS before a plaintext broker: listens on 127.0.0.1 with a certificate for one name, and passes on what it decrypts.</summary>
internal sealed class TlsRelay : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly X509Certificate2 certificate;
    private readonly int brokerPort;
    private readonly List<Task> connections = [];
    private readonly Task accepting;

    public TlsRelay(int brokerPort, string name)
    {
        this.brokerPort = brokerPort;
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 issued = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddHours(1));
        certificate = X509CertificateLoader.LoadPkcs12(issued.Export(X509ContentType.Pkcs12), null);
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>What a client must trust.</summary>
    public string Authority => certificate.ExportCertificatePem();

    /// <summary>How many clients finished a handshake.</summary>
    public int Handshakes { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Stop();
        await accepting;
        await Task.WhenAll(connections);
        certificate.Dispose();
        stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                connections.Add(PassOnAsync(await listener.AcceptTcpClientAsync(stopping.Token)));
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return;
        }
    }

    private async Task PassOnAsync(TcpClient client)
    {
        try
        {
            using (client)
            using (TcpClient broker = new())
            {
                await using SslStream secure = new(client.GetStream());
                await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, stopping.Token);
                Handshakes++;
                await broker.ConnectAsync(IPAddress.Loopback, brokerPort, stopping.Token);
                NetworkStream plain = broker.GetStream();
                await Task.WhenAny(secure.CopyToAsync(plain, stopping.Token), plain.CopyToAsync(secure, stopping.Token));
            }
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException or OperationCanceledException)
        {
            // A client that went away, or that does not trust us: its own side of the test says so.
            return;
        }
    }
}
