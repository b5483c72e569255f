using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Twinbus.Testing;
using Xunit;

namespace Twinbus.Messaging.RabbitMq.Tests;

/// <summary>A server that speaks nothing newer than TLS 1.1, on a machine whose OpenSSL is configured to allow that.</summary>
[Trait("Needs", "Processes")]
public sealed class OldTlsTests : IDisposable
{
    private const string Permissive = """
        openssl_conf = all
        [all]
        ssl_conf = ssl
        [ssl]
        system_default = everything
        [everything]
        MinProtocol = TLSv1
        CipherString = ALL:@SECLEVEL=0
        """;

    private readonly TemporaryDirectory directory = new();

    public OldTlsTests()
    {
        using RSA key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
        directory.Write("server.pem", certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
        directory.Write("openssl.cnf", Permissive);
    }

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData("-tls1")]
    [InlineData("-tls1_1")]
    public async Task AnOldVersionIsNotSpokenWhateverOpenSslAllows(string version)
    {
        int port = FreePort.Next();
        using Process server = Start("openssl", "s_server", "-accept", $"127.0.0.1:{port}", version, "-cert", directory["server.pem"]);
        try
        {
            string? line;
            do
            {
                line = await server.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            }
            while (line is not (null or "ACCEPT"));

            // OpenSSL's own client gets in: the server speaks it, and the configuration allows it.
            using Process witness = Start("openssl", "s_client", "-connect", $"127.0.0.1:{port}", version, "-CAfile", directory["server.pem"]);
            witness.StandardInput.Close();
            string seen = await witness.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            Assert.Contains("Verification: OK", seen, StringComparison.Ordinal);
            Assert.DoesNotContain("Cipher is (NONE)", seen, StringComparison.Ordinal);

            var peer = new ProcessStartInfo(PeerProgram.Built);
            peer.Environment["OPENSSL_CONF"] = directory["openssl.cnf"];
            InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(() => PeerProgram.RunAsync(
                peer, $"rabbit://u:p@127.0.0.1:{port}/?ssl=true&ssl_ca_file={directory["server.pem"]}", TestContext.Current.CancellationToken));

            Assert.Contains($"No TLS with 127.0.0.1:{port}", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            server.Kill();
        }
    }

    private Process Start(params string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["OPENSSL_CONF"] = directory["openssl.cnf"];
        return Process.Start(start)!;
    }
}
