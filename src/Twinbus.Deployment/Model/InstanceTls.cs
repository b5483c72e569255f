using System.Text.Json.Serialization;

namespace Twinbus.Deployment.Model;

/// <summary>A version of TLS that may be the lowest. Older ones are broken (RFC 8996) and never offered.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TlsVersion>))]
public enum TlsVersion
{
    /// <summary>TLS 1.2.</summary>
    [JsonStringEnumMemberName("TLSv1.2")]
    Tls12,

    /// <summary>TLS 1.3.</summary>
    [JsonStringEnumMemberName("TLSv1.3")]
    Tls13,
}

/// <summary>How a broker instance speaks TLS. Its plaintext listener is off.</summary>
public sealed record InstanceTls
{
    /// <summary>The lowest version that it accepts.</summary>
    public TlsVersion MinimumVersion { get; init; } = TlsVersion.Tls12;

    /// <summary>Whether a client must show a certificate of the instance's CA.</summary>
    public bool VerifyClients { get; init; }

    /// <summary>Whether its members speak TLS with each other too, each verifying the other.</summary>
    public bool InterNode { get; init; }

    /// <summary>Files to use; null: the instance's own CA issues its certificates.</summary>
    public CustomCertificateFiles? Custom { get; init; }
}

/// <summary>
/// Certificate files that the operator gives, as paths on this machine. <c>{host}</c> in a path stands for the host's
/// inventory name; without it all hosts have one certificate.
/// </summary>
public sealed record CustomCertificateFiles
{
    /// <summary>What stands for a host's inventory name.</summary>
    public const string HostPlaceholder = "{host}";

    /// <summary>PEM: the server's certificate, then the intermediate ones.</summary>
    public required string Certificate { get; init; }

    /// <summary>PEM: its private key, not encrypted.</summary>
    public required string Key { get; init; }

    /// <summary>PEM: the CAs to trust; null: those that the system trusts.</summary>
    public string? Authority { get; init; }

    /// <summary>PEM: the certificate that clients show, when they are verified.</summary>
    public string? ClientCertificate { get; init; }

    /// <summary>PEM: its private key.</summary>
    public string? ClientKey { get; init; }
}
