using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RabbitMQ.Client;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>Encryption. When on, the broker's certificate and its host name are verified unless told otherwise.</summary>
public sealed record RabbitTlsOptions
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    /// <summary>Connections are encrypted (<c>ssl</c>). Default: false.</summary>
    public bool Enabled { get; init; }

    /// <summary>PEM file of the authorities to trust (<c>ssl_ca_file</c>). Null: the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>PEM file of our own certificate (<c>ssl_cert_file</c>). Null: none is shown.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file of its private key (<c>ssl_key_file</c>).</summary>
    public string? KeyFile { get; init; }

    /// <summary>The certificate must be for the host that the URL names (<c>ssl_enforce_hostname_verification</c>). Default: true.</summary>
    public bool VerifyHostName { get; init; } = true;

    internal void Validate()
    {
        if (CertificateFile is null != (KeyFile is null))
        {
            throw RabbitMqOptions.Invalid("Tls.CertificateFile and Tls.KeyFile go together");
        }
    }

    /// <summary>The client's options for one host. Files are read at each connection, so renewed ones are taken up.</summary>
    internal SslOption ToSslOption(string host)
    {
        if (!Enabled)
        {
            return new SslOption();
        }

        try
        {
            X509Certificate2Collection? authorities = null;
            if (CaFile is not null)
            {
                authorities = [];
                authorities.ImportFromPemFile(CaFile);
            }

            return new SslOption(host, enabled: true)
            {
                Version = SslProtocols.None,
                Certs = CertificateFile is null ? null : [X509Certificate2.CreateFromPemFile(CertificateFile, KeyFile)],
                CertificateValidationCallback = (_, certificate, sent, errors) => IsValid(host, certificate, sent, authorities, errors),
            };
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidOptions, $"A TLS file of the RabbitMQ options cannot be read: {error.Message}", error);
        }
    }

    // True, or the reason as an exception: the library below us says of a mere "false" no more than that there was one.
    private bool IsValid(
        string host, X509Certificate? certificate, X509Chain? sent, X509Certificate2Collection? authorities, SslPolicyErrors errors)
    {
        if (certificate is not X509Certificate2 presented || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            throw new CertificateRefusedException("it shows no certificate");
        }

        if (VerifyHostName && errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            throw new CertificateRefusedException($"its certificate is not for {host}");
        }

        if (authorities is null)
        {
            return !errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors)
                ? true
                : throw new CertificateRefusedException($"the system trusts no authority of its certificate ({Status(sent)})");
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(ServerAuthentication);
        if (sent is not null)
        {
            // What the broker sent between its own certificate and an authority that we trust.
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        }

        return chain.Build(presented)
            ? true
            : throw new CertificateRefusedException($"its certificate is not good by the authorities in {CaFile} ({Status(chain)})");
    }

    private static string Status(X509Chain? chain) =>
        chain is { ChainStatus: [var first, ..] } ? first.StatusInformation.TrimEnd('.', ' ', '\n') : "no chain of certificates leads to one";
}
