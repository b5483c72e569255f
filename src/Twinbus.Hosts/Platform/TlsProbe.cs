using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Twinbus.Hosts.Platform;

/// <summary>What a TLS port shows to whoever connects.</summary>
/// <param name="Sha256">SHA-256 of the server's certificate.</param>
/// <param name="ClientAuthorities">Subjects of the authorities whose clients it lets in; empty when it asks for none.</param>
public sealed record TlsProbe(string Sha256, IReadOnlySet<string> ClientAuthorities)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>Shakes hands with a TLS port of this host and hangs up; null when nobody listens.</summary>
    /// <param name="address">Where it listens.</param>
    /// <param name="port">The port.</param>
    /// <param name="expected">SHA-256 of the one certificate that is accepted; with any other the handshake is broken off.</param>
    /// <param name="clock">For the time limit.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">Somebody listens, but speaks no TLS, or says nothing for ten seconds.</exception>
    public static async Task<TlsProbe?> ReadAsync(
        string address, int port, string expected, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(address, port, either.Token).ConfigureAwait(false);
            return await ShakeHandsAsync(client.GetStream(), expected, either.Token).ConfigureAwait(false);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return null;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"it said nothing for {Timeout.TotalSeconds} seconds", e);
        }
    }

    private static async Task<TlsProbe?> ShakeHandsAsync(NetworkStream connection, string expected, CancellationToken cancellationToken)
    {
        string? shown = null;
        var authorities = new HashSet<string>(StringComparer.Ordinal);
        var stream = new SslStream(connection);
        await using (stream.ConfigureAwait(false))
        {
            try
            {
                await stream.AuthenticateAsClientAsync(
                    new SslClientAuthenticationOptions
                    {
                        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,

                        // One certificate is accepted, by its hash: stricter than a chain, and right for an address.
                        RemoteCertificateValidationCallback = (_, certificate, _, _) => (shown = Hash(certificate)) == expected,
                        LocalCertificateSelectionCallback = (_, _, _, _, acceptable) =>
                        {
                            authorities.UnionWith(acceptable);
                            return null!;
                        },
                        CertificateChainPolicy = new X509ChainPolicy
                        {
                            RevocationMode = X509RevocationMode.NoCheck,
                            DisableCertificateDownloads = true,
                        },
                    },
                    cancellationToken).ConfigureAwait(false);
            }
            catch (AuthenticationException) when (shown is not null)
            {
                // It showed another certificate, or wants one of ours: either way it has said what it had to say.
                return new TlsProbe(shown, authorities);
            }
            catch (AuthenticationException e)
            {
                throw new IOException(e.Message, e);
            }
        }

        return new TlsProbe(shown!, authorities);
    }

    private static string? Hash(X509Certificate? certificate) =>
        certificate is null ? null : Convert.ToHexStringLower(SHA256.HashData(certificate.GetRawCertData()));
}
