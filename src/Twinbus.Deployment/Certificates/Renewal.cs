using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Twinbus.Deployment.Certificates;

/// <summary>Decides whether a certificate of the deployment's own must be made anew.</summary>
internal static class Renewal
{
    /// <summary>How long before its end a certificate is renewed.</summary>
    public static readonly TimeSpan BeforeEnd = TimeSpan.FromDays(30);

    /// <summary>Why <paramref name="present"/> must be made anew, as a phrase for a report; null when it is good.</summary>
    public static string? Reason(KeyedCertificate? present, LeafRequest wanted, AuthorityGeneration authority, DateTimeOffset now)
    {
        if (present is null)
        {
            return "there is none yet";
        }

        X509Certificate2 certificate;
        try
        {
            certificate = X509Certificate2.CreateFromPem(present.Certificate);
        }
        catch (CryptographicException)
        {
            return "the present one cannot be read";
        }

        using (certificate)
        {
            return Reason(present, certificate, wanted, authority, now);
        }
    }

    private static string? Reason(
        KeyedCertificate present, X509Certificate2 certificate, LeafRequest wanted, AuthorityGeneration authority, DateTimeOffset now)
    {
        if (!present.KeyMatches(certificate))
        {
            return "the present one has another key";
        }

        if (certificate.NotAfter <= now + BeforeEnd)
        {
            return $"the present one ends on {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}";
        }

        if (certificate.NotBefore > now)
        {
            return $"the present one begins on {certificate.NotBefore.ToUniversalTime():yyyy-MM-dd}";
        }

        if (!IsFrom(authority, certificate))
        {
            return "the present one is from another CA";
        }

        if (wanted.Names.NotCoveredBy(certificate).FirstOrDefault() is { } name)
        {
            return $"the present one is not good for {name}";
        }

        return CertificateIssuer.Allows(certificate, wanted.Purposes) ? null : "the present one may not be used in both directions";
    }

    private static bool IsFrom(AuthorityGeneration authority, X509Certificate2 certificate)
    {
        using X509Certificate2 issuer = X509Certificate2.CreateFromPem(authority.Certificate);
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(issuer);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = certificate.NotBefore;
        // The order of the two beginnings is no question here, only the signature.
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        return chain.Build(certificate);
    }
}
