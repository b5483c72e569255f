using System.Text.Json.Serialization;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.RabbitMq.Management;

namespace Twinbus.Hosts.RabbitMq.Certificates;

/// <summary>
/// The certificate that a running RabbitMQ node shows on its TLS port, and whose clients it asks for. A node keeps the
/// files that it has read; it is told to read them again when it shows another certificate than this. No connection is lost.
/// </summary>
public sealed record RabbitMqCertificateResource : Resource
{
    /// <summary><c>rabbitmq-certificate</c></summary>
    public const string KindName = "rabbitmq-certificate";

    /// <summary>Broker instance, for names in reports.</summary>
    public required string Instance { get; init; }

    /// <summary>The node's service: one that is going to be restarted reads its files anyway.</summary>
    public required string Unit { get; init; }

    /// <summary>How the node is told.</summary>
    public required RabbitMqNode Node { get; init; }

    /// <summary>Address of the TLS port, as this host reaches it; an IPv6 address without brackets.</summary>
    public required string Address { get; init; }

    /// <summary>The TLS port, 1 to 65535.</summary>
    public required int Port { get; init; }

    /// <summary>SHA-256 of the node's certificate in DER, 64 digits in lower case.</summary>
    public required string Sha256 { get; init; }

    /// <summary>
    /// Subjects of the authorities whose clients are let in, in the form that .NET gives them, in any order; null when
    /// clients are not asked for a certificate.
    /// </summary>
    public IReadOnlyList<string>? ClientAuthorities { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => KindName;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Name => $"{Instance}:{Port}";
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(RabbitMqCertificateResource))]
internal sealed partial class CertificateJson : JsonSerializerContext;
