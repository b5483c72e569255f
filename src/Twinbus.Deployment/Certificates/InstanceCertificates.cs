using System.Collections.Immutable;
using Twinbus.Deployment.Model;

namespace Twinbus.Deployment.Certificates;

/// <summary>All certificates of one broker instance.</summary>
public sealed record InstanceCertificates
{
    /// <summary>No certificates yet.</summary>
    public static InstanceCertificates None { get; } = new();

    /// <summary>The instance's own CA; <see cref="CertificateAuthority.None"/> when the files were given.</summary>
    public CertificateAuthority Authority { get; init; } = CertificateAuthority.None;

    /// <summary>PEM: the CAs that its certificates lead to; null: those that the system trusts.</summary>
    public string? Trusted { get; init; }

    /// <summary>The members' certificates by host, in name order.</summary>
    public ImmutableSortedDictionary<string, KeyedCertificate> Hosts { get; init; } =
        ImmutableSortedDictionary.Create<string, KeyedCertificate>(StringComparer.Ordinal);

    /// <summary>What clients show when they are verified; null when they are not.</summary>
    public KeyedCertificate? Client { get; init; }

    /// <summary>Whether both hold the same certificates.</summary>
    public bool SameAs(InstanceCertificates other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Authority == other.Authority && Trusted == other.Trusted && Client == other.Client
            && Hosts.Count == other.Hosts.Count && Hosts.All(host => other.Hosts.GetValueOrDefault(host.Key) == host.Value);
    }
}

/// <summary>What certificates a broker instance shall have.</summary>
public sealed record CertificateOrder
{
    /// <summary>The instance's full name; part of its CA's subject.</summary>
    public required string Instance { get; init; }

    /// <summary>Its hosts by inventory name, and what each is called by those who connect to it.</summary>
    public required ImmutableSortedDictionary<string, ServerNames> Hosts { get; init; }

    /// <summary>How it speaks TLS.</summary>
    public required InstanceTls Tls { get; init; }

    /// <summary>What its members' certificates are used for.</summary>
    public CertificatePurposes MemberPurposes =>
        Tls.InterNode ? CertificatePurposes.Server | CertificatePurposes.Client : CertificatePurposes.Server;
}

/// <summary>Certificates as they shall be, and what that changes.</summary>
/// <param name="Certificates">As they shall be.</param>
/// <param name="Changes">What was issued, and why; one phrase each, without a secret. Empty when all stays.</param>
public sealed record PreparedCertificates(InstanceCertificates Certificates, ImmutableArray<string> Changes);
