namespace Twinbus.Deployment.Certificates;

/// <summary>What a certificate is used for.</summary>
[Flags]
public enum CertificatePurposes
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Whoever has it answers connections (<c>serverAuth</c>).</summary>
    Server = 1,

    /// <summary>Whoever has it opens connections (<c>clientAuth</c>): clients that are verified, and members of a cluster.</summary>
    Client = 2,
}

/// <summary>A certificate that shall exist.</summary>
/// <param name="CommonName">Whom it is for, for a reader's eyes; cut at 64 characters, the most that X.509 allows.</param>
/// <param name="Names">What it must be good for.</param>
/// <param name="Purposes">What it is used for.</param>
public sealed record LeafRequest(string CommonName, ServerNames Names, CertificatePurposes Purposes);
