using System.Collections.Immutable;
using Twinbus.Deployment.Model;

namespace Twinbus.Deployment.Certificates;

/// <summary>A broker instance's certificates from files that the operator gives. Every file is checked before it is used.</summary>
public static class CustomCertificates
{
    /// <summary>Reads the files that <paramref name="order"/> names, each once.</summary>
    public static async Task<ImmutableDictionary<string, CustomCertificateFile>> ReadAsync(CertificateOrder order, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        CustomCertificateFiles custom = order.Tls.Custom!;
        IEnumerable<string?> perHost = order.Hosts.Keys.SelectMany(host => new[] { For(host, custom.Certificate), For(host, custom.Key) });
        Dictionary<string, CustomCertificateFile> files = [];
        foreach (string path in perHost.Concat([custom.Authority, custom.ClientCertificate, custom.ClientKey]).OfType<string>().Distinct())
        {
            files.Add(path, await CustomCertificateFile.ReadAsync(path, cancellationToken).ConfigureAwait(false));
        }

        return files.ToImmutableDictionary();
    }

    /// <summary>Checks what was read and puts it together. Pure.</summary>
    /// <param name="order">What the instance shall have.</param>
    /// <param name="files">What <see cref="ReadAsync"/> returned.</param>
    /// <param name="now">The time at which the certificates must be valid.</param>
    /// <param name="certificates">The certificates; not to be used when there are problems.</param>
    /// <returns>Every problem with every file; none when all is well.</returns>
    public static ImmutableArray<CustomCertificateProblem> Check(
        CertificateOrder order,
        ImmutableDictionary<string, CustomCertificateFile> files,
        DateTimeOffset now,
        out InstanceCertificates certificates)
    {
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(files);
        CustomCertificateFiles custom = order.Tls.Custom!;
        CustomCertificateCheck check = new(now);
        CustomCertificateFile? authority = custom.Authority is null ? null : files[custom.Authority];
        string? trusted = check.Authority(authority);
        if (authority is null && (order.Tls.VerifyClients || order.Tls.InterNode))
        {
            check.AuthorityMissing(order.Tls.VerifyClients ? "clients are verified" : "the members of the cluster verify each other");
        }

        ImmutableSortedDictionary<string, KeyedCertificate>.Builder hosts =
            ImmutableSortedDictionary.CreateBuilder<string, KeyedCertificate>(StringComparer.Ordinal);
        foreach ((string host, ServerNames names) in order.Hosts)
        {
            CustomPair pair = new(files[For(host, custom.Certificate)], files[For(host, custom.Key)]);
            if (check.Server(pair, authority, new LeafRequest(host, names, order.MemberPurposes)) is { } certificate)
            {
                hosts.Add(host, certificate);
            }
        }

        KeyedCertificate? client = null;
        if (order.Tls.VerifyClients && custom is { ClientCertificate: not null, ClientKey: not null })
        {
            CustomPair pair = new(files[custom.ClientCertificate], files[custom.ClientKey]);
            client = check.Client(pair, authority);
        }

        certificates = new InstanceCertificates { Trusted = trusted, Hosts = hosts.ToImmutable(), Client = client };
        return check.Problems;
    }

    /// <summary>Checks what a client needs to reach an external broker. Pure.</summary>
    internal static ImmutableArray<CustomCertificateProblem> CheckClient(CustomCertificateFile? authority, CustomCertificateFile? certificate, CustomCertificateFile? key, DateTimeOffset now)
    {
        CustomCertificateCheck check = new(now);
        check.Authority(authority);
        if (certificate is not null && key is not null)
        {
            check.ForeignClient(new CustomPair(certificate, key));
        }

        return check.Problems;
    }

    private static string For(string host, string path) => path.Replace(CustomCertificateFiles.HostPlaceholder, host, StringComparison.Ordinal);
}
