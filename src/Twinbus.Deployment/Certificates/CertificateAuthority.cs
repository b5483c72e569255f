using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Twinbus.Hosts;

namespace Twinbus.Deployment.Certificates;

/// <summary>One certificate of a CA, with its key while it still signs.</summary>
/// <param name="Certificate">PEM: one certificate.</param>
/// <param name="Key">PEM; null once a newer generation signs, since a key that is not kept cannot be stolen.</param>
public sealed record AuthorityGeneration(string Certificate, Secret? Key);

/// <summary>
/// A CA over its generations. A new one is trusted for <see cref="Overlap"/> before it signs, and an old one as
/// long as it is valid, so that a client that fetches the bundle within that time never meets a certificate it doesn't trust.
/// </summary>
/// <param name="Generations">Oldest first; none before the first deploy.</param>
public sealed record CertificateAuthority(ImmutableArray<AuthorityGeneration> Generations)
{
    /// <summary>For how long clients can fetch a new generation before anything is signed with it: 30 days.</summary>
    public static readonly TimeSpan Overlap = TimeSpan.FromDays(30);

    // Early enough that the old generation signs for a whole year while the new one is only trusted, and a month more.
    private static readonly TimeSpan RenewedBeforeEnd = CertificateIssuer.LeafLife + Overlap + Overlap;

    // What a dying generation signs must last until the new one signs, and not be due for renewal at once.
    private static readonly TimeSpan ShortestUse = Overlap + Renewal.BeforeEnd;

    /// <summary>A CA that does not exist yet.</summary>
    public static CertificateAuthority None { get; } = new([]);

    /// <summary>PEM: every generation that is to be trusted, oldest first.</summary>
    public string Bundle => string.Concat(Generations.Select(generation => generation.Certificate));

    /// <summary>The generation that signs at <paramref name="now"/>.</summary>
    /// <exception cref="InvalidOperationException">There is none: <see cref="At"/> makes one.</exception>
    public AuthorityGeneration SigningAt(DateTimeOffset now)
    {
        AuthorityGeneration[] able = [.. Generations.Where(generation => CanSign(generation, now))];
        return able.LastOrDefault(generation => HasBeenKnown(generation, now)) ?? able.FirstOrDefault()
            ?? throw new InvalidOperationException("The CA has no generation that can sign.");
    }

    /// <summary>The CA as it shall be now: this one, or this one with a generation more or less.</summary>
    /// <param name="name">Whose CA it is; part of the subject of a new generation.</param>
    /// <param name="sources">The time, and what a new generation is made from.</param>
    public CertificateAuthority At(string name, CertificateSources sources)
    {
        ArgumentNullException.ThrowIfNull(sources);
        DateTimeOffset now = sources.Clock.GetUtcNow();
        List<AuthorityGeneration> kept = [.. Generations.Where(generation => IsValid(generation, now))];
        if (!kept.Any(generation => CanSign(generation, now) && End(generation) > now + RenewedBeforeEnd))
        {
            kept.Add(new CertificateIssuer(sources).Authority(name));
        }

        CertificateAuthority next = new([.. kept]);
        AuthorityGeneration signing = next.SigningAt(now);
        int position = kept.IndexOf(signing);
        for (int older = 0; older < position; older++)
        {
            kept[older] = kept[older] with { Key = null };
        }

        return new CertificateAuthority([.. kept]);
    }

    /// <inheritdoc/>
    public bool Equals(CertificateAuthority? other) => other is not null && Generations.SequenceEqual(other.Generations);

    /// <inheritdoc/>
    public override int GetHashCode() => Generations.Length;

    // Able: it has its key, and what it signs is of use.
    private static bool CanSign(AuthorityGeneration generation, DateTimeOffset now)
    {
        if (generation.Key is null || !IsValid(generation, now) || End(generation) <= now + ShortestUse)
        {
            return false;
        }

        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(generation.Certificate);
        return new KeyedCertificate(generation.Certificate, generation.Key).KeyMatches(certificate);
    }

    private static bool HasBeenKnown(AuthorityGeneration generation, DateTimeOffset now)
    {
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(generation.Certificate);
        return certificate.NotBefore + Overlap <= now;
    }

    private static bool IsValid(AuthorityGeneration generation, DateTimeOffset now)
    {
        try
        {
            using X509Certificate2 certificate = X509Certificate2.CreateFromPem(generation.Certificate);
            return certificate.NotAfter > now && certificate.NotBefore <= now;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static DateTimeOffset End(AuthorityGeneration generation)
    {
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(generation.Certificate);
        return certificate.NotAfter;
    }
}
