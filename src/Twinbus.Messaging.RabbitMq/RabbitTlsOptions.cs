using System.Formats.Asn1;
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

    /// <summary>
    /// Whether a certificate that its authority has revoked is looked up and refused: <c>Online</c> asks where the certificate says, each
    /// time a connection is made, and <c>Offline</c> looks at the lists that this machine has kept. One of which nothing can be
    /// learned is refused too. oslo.messaging has no such option. Default: <c>NoCheck</c>.
    /// </summary>
    public X509RevocationMode Revocation { get; init; } = X509RevocationMode.NoCheck;

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
                // Whatever the configuration of OpenSSL would still allow.
                Version = SslProtocols.Tls12 | SslProtocols.Tls13,
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

        if (VerifyHostName)
        {
            RequireName(presented, host);
        }

        using X509Chain chain = ChainTo(authorities, sent);
        if (!chain.Build(presented))
        {
            throw new CertificateRefusedException(authorities is null
                ? $"the system trusts no authority of its certificate ({Status(chain)})"
                : $"its certificate is not good by the authorities in {CaFile} ({Status(chain)})");
        }

        foreach (X509ChainElement element in chain.ChainElements)
        {
            RequireStrength(element.Certificate);
        }

        return true;
    }

    private X509Chain ChainTo(X509Certificate2Collection? authorities, X509Chain? sent)
    {
        var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = Revocation;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(ServerAuthentication);
        if (authorities is not null)
        {
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        if (sent is not null)
        {
            // What the broker sent between its own certificate and an authority that we trust.
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        }

        return chain;
    }

    // The common name is for people to read; it never counts, as RFC 9525 has it, and for an address it never did.
    private static void RequireName(X509Certificate2 certificate, string host)
    {
        string[]? names = NamesOf(certificate);
        bool isFor;
        try
        {
            isFor = names is not null && certificate.MatchesHostname(host, allowWildcards: true, allowCommonName: false);
        }
        catch (ArgumentException)
        {
            // No certificate can be for what is neither a name of DNS nor an address.
            isFor = false;
        }

        if (!isFor)
        {
            throw new CertificateRefusedException($"its certificate is not for {host}" + names switch
            {
                null => ": its subject alternative names cannot be read",
                [] => $": it has no subject alternative name, and its common name ({certificate.GetNameInfo(X509NameType.SimpleName, false)}) does not count",
                _ => $", but for {string.Join(", ", names)}",
            });
        }
    }

    private static string[]? NamesOf(X509Certificate2 certificate)
    {
        try
        {
            return
            [
                .. certificate.Extensions.Where(extension => extension.Oid?.Value == "2.5.29.17")
                    .Select(extension => new X509SubjectAlternativeNameExtension(extension.RawData))
                    .SelectMany(names => names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(address => address.ToString()))),
            ];
        }
        catch (Exception error) when (error is CryptographicException or AsnContentException)
        {
            return null;
        }
    }

    private static void RequireStrength(X509Certificate2 certificate)
    {
        if (CertificateStrength.WeakKey(certificate) is { } key)
        {
            throw new CertificateRefusedException($"the certificate of {certificate.Subject} has {key}, which is weak");
        }

        if (!CertificateStrength.IsSelfSigned(certificate) && CertificateStrength.WeakSignature(certificate) is { } hash)
        {
            throw new CertificateRefusedException($"the certificate of {certificate.Subject} is signed with {hash}, which can be forged");
        }
    }

    private static string Status(X509Chain chain) =>
        chain.ChainStatus is [var first, ..] ? first.StatusInformation.TrimEnd('.', ' ', '\n') : "no chain of certificates leads to one";
}
