using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Twinbus.Deployment.Backends.RabbitMq;
using Twinbus.Deployment.Model;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Kinds.Files;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Platform;
using Twinbus.Hosts.RabbitMq.Certificates;
using Twinbus.Hosts.RabbitMq.Management;
using Twinbus.Testing;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Deployment.Certificates.Tests;

/// <summary>A real broker with the configuration lines and files that <see cref="RabbitMqTls"/> makes, in a directory of its own.</summary>
internal sealed class TlsBroker : IAsyncDisposable
{
    private const string ProductDirectory = "/etc/twinbus/default-rpc/";

    private readonly TemporaryDirectory directory = new();
    private readonly RabbitMqTls tls;
    private RabbitMqServer? server;

    private TlsBroker(InstanceTls settings) => tls = new RabbitMqTls(new InstancePaths("default-rpc"), settings);

    public int Port { get; } = FreePort.Next();

    public RabbitMqServer Server => server!;

    public static async Task<TlsBroker> StartAsync(InstanceTls settings, InstanceCertificates certificates, CancellationToken cancellationToken)
    {
        TlsBroker broker = new(settings);
        broker.Write(certificates);
        Dictionary<string, string> environment = [];
        if (broker.tls.ErlangArguments is { Length: > 0 } arguments)
        {
            environment["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = broker.Here(arguments);
            environment["RABBITMQ_CTL_ERL_ARGS"] = broker.Here(arguments);
        }

        try
        {
            broker.server = await RabbitMqServer.StartAsync(
                new RabbitMqSettings
                {
                    Configuration = broker.Here(broker.tls.ConfigurationLines($"127.0.0.1:{broker.Port}")),
                    Environment = environment,
                },
                cancellationToken);
        }
        catch
        {
            broker.directory.Dispose();
            throw;
        }

        return broker;
    }

    /// <summary>Puts the certificates where the broker reads them, as a deploy does: each file replaced whole.</summary>
    public void Write(InstanceCertificates certificates)
    {
        foreach (FileResource file in tls.Files(certificates.Hosts["localhost"], certificates.Trusted).OfType<FileResource>())
        {
            string path = Here(file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path + ".new", Here(file.Content ?? file.SecretContent!.Reveal()));
            File.Move(path + ".new", path, overwrite: true);
        }
    }

    /// <summary>The resource that a deploy converges for these certificates.</summary>
    public RabbitMqCertificateResource Resource(InstanceCertificates certificates) => tls.Certificate(
        certificates.Hosts["localhost"],
        certificates.Trusted,
        new RabbitMqNode { NodeName = Server.NodeName, SystemUser = "root", Home = Server.Home, EpmdPort = Server.EpmdPort },
        "127.0.0.1",
        Port);

    /// <summary>Reads, and when it differs changes and reads again, as a deploy does.</summary>
    public async Task<(Outcome Before, Outcome After)> ConvergeAsync(InstanceCertificates certificates, CancellationToken cancellationToken)
    {
        RabbitMqCertificateResource resource = Resource(certificates);
        RabbitMqCertificateConverger converger = new();
        using ConvergenceContext visit = new(new HostLayout(directory.Path), TimeProvider.System, _ => { })
        {
            Ledger = Ledger.Open(new HostLayout(directory.Path), "default"),
        };
        Outcome before = await converger.ReadAsync(resource, visit, cancellationToken);
        visit.BeginChanges();
        if (before.IsPending)
        {
            await converger.ChangeAsync(resource, before, visit, cancellationToken);
        }

        return (before, await converger.ReadAsync(resource, visit, cancellationToken));
    }

    /// <summary>A client that verifies chain and name, and speaks AMQP's first words.</summary>
    public async Task<TlsClient> ConnectAsync(
        string trusted, CancellationToken cancellationToken, string name = "localhost", KeyedCertificate? own = null, SslProtocols versions = SslProtocols.None)
    {
        TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
        SslStream stream = new(client.GetStream());
        try
        {
            X509Certificate2Collection authorities = [];
            authorities.ImportFromPem(trusted);
            X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(authorities);
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = name,
                    EnabledSslProtocols = versions,
                    CertificateChainPolicy = policy,
                    ClientCertificates = own is null ? null : [X509Certificate2.CreateFromPem(own.Certificate, own.Key.Reveal())],
                },
                cancellationToken);
            return new TlsClient(client, stream);
        }
        catch
        {
            await stream.DisposeAsync();
            client.Dispose();
            throw;
        }
    }

    /// <summary>Certificates of a new authority for a broker on this machine.</summary>
    public static InstanceCertificates Issue(InstanceTls tls)
    {
        CertificateOrder order = Workshop.Order(tls, []);
        return OwnCertificates.Prepare(
            InstanceCertificates.None,
            order with { Hosts = order.Hosts.Add("localhost", ServerNames.Of([], isLocal: true)) },
            CertificateSources.System).Certificates;
    }

    /// <summary>The serial number of the broker's certificate.</summary>
    public static string Serial(InstanceCertificates certificates)
    {
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(certificates.Hosts["localhost"].Certificate);
        return certificate.SerialNumber;
    }

    /// <summary>The handshake fails.</summary>
    public static async Task RefusedAsync(Func<Task<TlsClient>> connect) => await Assert.ThrowsAnyAsync<AuthenticationException>(connect);

    /// <summary>In TLS 1.3 a client has shaken hands before the server has seen its certificate: the refusal comes with the first answer.</summary>
    public static async Task RefusedInWordsAsync(Func<Task<TlsClient>> connect) => await Assert.ThrowsAnyAsync<IOException>(async () =>
    {
        await using TlsClient client = await connect();
        await client.IsGreetedAsync(TestContext.Current.CancellationToken);
    });

    /// <summary>Says hello in TLS 1.1, which our own TLS library would not, and returns type, level and description of the alert.</summary>
    public async Task<byte[]> AnswerToOldHelloAsync(CancellationToken cancellationToken)
    {
        byte[] hello =
        [
            3, 2, .. new byte[32], 0, // version, random, no session
            0, 6, 0xc0, 0x0a, 0xc0, 0x14, 0, 0x2f, 1, 0, // three cipher suites of that age, no compression
            0, 14, 0, 10, 0, 4, 0, 2, 0, 23, 0, 11, 0, 2, 1, 0, // extensions: curve P-256, uncompressed points
        ];
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync((byte[])[22, 3, 1, 0, (byte)(hello.Length + 4), 1, 0, 0, (byte)hello.Length, .. hello], cancellationToken);
        byte[] alert = new byte[7];
        await stream.ReadExactlyAsync(alert, cancellationToken);
        return [alert[0], alert[5], alert[6]];
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        directory.Dispose();
    }

    private string Here(string text) => text.Replace(ProductDirectory, directory.Path + "/", StringComparison.Ordinal);
}

/// <summary>A connection that passed the handshake.</summary>
internal sealed class TlsClient(TcpClient client, SslStream stream) : IAsyncDisposable
{
    private static readonly byte[] ProtocolHeader = "AMQP\0\0\u0009\u0001"u8.ToArray();

    public SslProtocols Version => stream.SslProtocol;

    public string Cipher => stream.NegotiatedCipherSuite.ToString();

    public string ServerSerial => ((X509Certificate2)stream.RemoteCertificate!).SerialNumber;

    /// <summary>Sends AMQP's protocol header and reads what the broker says to it: the first frame is <c>connection.start</c>.</summary>
    public async Task<bool> IsGreetedAsync(CancellationToken cancellationToken)
    {
        await stream.WriteAsync(ProtocolHeader, cancellationToken);
        byte[] frame = new byte[11];
        await stream.ReadExactlyAsync(frame, cancellationToken);

        // method frame, channel 0, size, class 10, method 10
        return frame[0] == 1 && frame.AsSpan(7).SequenceEqual((byte[])[0, 10, 0, 10]);
    }

    public async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync();
        client.Dispose();
    }
}
