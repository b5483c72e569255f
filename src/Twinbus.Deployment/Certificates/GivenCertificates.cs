using System.Collections.Immutable;

namespace Twinbus.Deployment.Certificates;

/// <summary>A broker instance's certificates from files that the operator gives. Every file is checked before it is used.</summary>
public static class GivenCertificates
{
    /// <summary>Reads the files that <paramref name="order"/> names, each once.</summary>
    public static async Task<ImmutableDictionary<string, GivenFile>> ReadAsync(CertificateOrder order, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        GivenFiles given = order.Tls.Given!;
        IEnumerable<string?> perHost = order.Hosts.Keys.SelectMany(host => new[] { For(host, given.Certificate), For(host, given.Key) });
        Dictionary<string, GivenFile> files = [];
        foreach (string path in perHost.Concat([given.Authority, given.ClientCertificate, given.ClientKey]).OfType<string>().Distinct())
        {
            files.Add(path, await GivenFile.ReadAsync(path, cancellationToken).ConfigureAwait(false));
        }

        return files.ToImmutableDictionary();
    }

    /// <summary>Checks what was read and puts it together. Pure.</summary>
    /// <param name="order">What the instance shall have.</param>
    /// <param name="files">What <see cref="ReadAsync"/> returned.</param>
    /// <param name="now">The time at which the certificates must be valid.</param>
    /// <param name="certificates">The certificates; not to be used when there are problems.</param>
    /// <returns>Every problem with every file; none when all is well.</returns>
    public static ImmutableArray<GivenFileProblem> Check(
        CertificateOrder order,
        ImmutableDictionary<string, GivenFile> files,
        DateTimeOffset now,
        out InstanceCertificates certificates)
    {
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(files);
        GivenFiles given = order.Tls.Given!;
        GivenFileCheck check = new(now);
        GivenFile? authority = given.Authority is null ? null : files[given.Authority];
        string? trusted = check.Authority(authority);
        if (authority is null && (order.Tls.VerifyClients || order.Tls.InterNode))
        {
            check.AuthorityMissing(order.Tls.VerifyClients ? "clients are verified" : "the members of the cluster verify each other");
        }

        ImmutableSortedDictionary<string, KeyedCertificate>.Builder hosts =
            ImmutableSortedDictionary.CreateBuilder<string, KeyedCertificate>(StringComparer.Ordinal);
        foreach ((string host, ServerNames names) in order.Hosts)
        {
            GivenPair pair = new(files[For(host, given.Certificate)], files[For(host, given.Key)]);
            if (check.Server(pair, authority, new LeafRequest(host, names, order.MemberPurposes)) is { } certificate)
            {
                hosts.Add(host, certificate);
            }
        }

        KeyedCertificate? client = null;
        if (order.Tls.VerifyClients && given is { ClientCertificate: not null, ClientKey: not null })
        {
            GivenPair pair = new(files[given.ClientCertificate], files[given.ClientKey]);
            client = check.Client(pair, authority);
        }

        certificates = new InstanceCertificates { Trusted = trusted, Hosts = hosts.ToImmutable(), Client = client };
        return check.Problems;
    }

    /// <summary>Checks what a client needs to reach a broker that somebody else runs. Pure.</summary>
    internal static ImmutableArray<GivenFileProblem> CheckClient(GivenFile? authority, GivenFile? certificate, GivenFile? key, DateTimeOffset now)
    {
        GivenFileCheck check = new(now);
        check.Authority(authority);
        if (certificate is not null && key is not null)
        {
            check.ForeignClient(new GivenPair(certificate, key));
        }

        return check.Problems;
    }

    private static string For(string host, string path) => path.Replace(GivenFiles.HostPlaceholder, host, StringComparison.Ordinal);
}
