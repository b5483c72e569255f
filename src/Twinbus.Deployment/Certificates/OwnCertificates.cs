using System.Collections.Immutable;

namespace Twinbus.Deployment.Certificates;

/// <summary>A broker instance's certificates from its own CA. Pure: nothing is written.</summary>
public static class OwnCertificates
{
    private const string ClientName = "clients";

    /// <summary>Keeps of <paramref name="present"/> what is good and issues the rest.</summary>
    public static PreparedCertificates Prepare(InstanceCertificates present, CertificateOrder order, CertificateSources sources)
    {
        ArgumentNullException.ThrowIfNull(present);
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(sources);
        DateTimeOffset now = sources.Clock.GetUtcNow();
        CertificateAuthority authority = present.Authority.At($"Twinbus {order.Instance}", sources);
        Issuing issuing = new(authority.SigningAt(now), new CertificateIssuer(sources), now);
        if (authority.Generations.Length > 0 && !present.Authority.Generations.Select(generation => generation.Certificate)
            .Contains(authority.Generations[^1].Certificate))
        {
            issuing.Changes.Add(present.Authority.Generations.IsEmpty
                ? "new CA: there is none yet"
                : "new CA: the present one nears its end; it signs from 30 days on");
        }

        InstanceCertificates next = new()
        {
            Authority = authority,
            Trusted = authority.Bundle,
            Hosts = order.Hosts.ToImmutableSortedDictionary(
                host => host.Key,
                host => issuing.Keep(present.Hosts.GetValueOrDefault(host.Key), $"certificate of {host.Key}", new LeafRequest(host.Key, host.Value, order.MemberPurposes)),
                StringComparer.Ordinal),
            Client = order.Tls.VerifyClients
                ? issuing.Keep(present.Client, "certificate for clients", new LeafRequest(ClientName, ServerNames.None, CertificatePurposes.Client))
                : null,
        };
        return new PreparedCertificates(next, [.. issuing.Changes]);
    }

    private sealed record Issuing(AuthorityGeneration Authority, CertificateIssuer Issuer, DateTimeOffset Now)
    {
        public List<string> Changes { get; } = [];

        public KeyedCertificate Keep(KeyedCertificate? present, string what, LeafRequest wanted)
        {
            if (Renewal.Reason(present, wanted, Authority, Now) is not { } reason)
            {
                return present!;
            }

            Changes.Add($"new {what}: {reason}");
            return Issuer.Leaf(wanted, Authority);
        }
    }
}
