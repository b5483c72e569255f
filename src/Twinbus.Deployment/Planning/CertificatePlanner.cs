using System.Collections.Immutable;
using Twinbus.Deployment.Certificates;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Templates;

namespace Twinbus.Deployment.Planning;

/// <summary>Finds the certificates of each instance that speaks TLS: kept and still good, newly issued, or given.</summary>
internal sealed class CertificatePlanner(TierSource source, PlanningContext context, ProblemList problems)
{
    /// <summary>Those of all instances by name; what was issued, and why, is among the notices.</summary>
    /// <exception cref="DeploymentException">A given file became wrong since it was read.</exception>
    public ImmutableSortedDictionary<string, InstanceCertificates> Prepare(MessagingTier tier) => tier.Instances
        .Where(instance => instance.Tls is not null)
        .ToImmutableSortedDictionary(
            instance => instance.Name,
            instance => instance.Tls!.Given is null ? Issue(tier, instance) : Given(tier, instance),
            StringComparer.Ordinal);

    /// <summary>What clients of <paramref name="instance"/> need; null when it speaks plaintext.</summary>
    public static ClientTls? ClientTlsOf(BrokerInstance instance, string deploymentDirectory)
    {
        if (instance.Tls is not { } tls)
        {
            return null;
        }

        if (tls.Given is { } given)
        {
            return new ClientTls
            {
                AuthorityFile = given.Authority,
                CertificateFile = tls.VerifyClients ? given.ClientCertificate : null,
                KeyFile = tls.VerifyClients ? given.ClientKey : null,
            };
        }

        CertificateStore store = new(deploymentDirectory);
        string? pair = tls.VerifyClients ? store.ClientPath(instance.Name) : null;
        return new ClientTls { AuthorityFile = store.TrustedPath(instance.Name), CertificateFile = pair, KeyFile = pair };
    }

    private InstanceCertificates Issue(MessagingTier tier, BrokerInstance instance)
    {
        CertificateSources sources = new(context.Clock, context.Bytes, context.Keys);
        InstanceCertificates present = context.Certificates.GetValueOrDefault(instance.Name, InstanceCertificates.None);
        PreparedCertificates prepared = OwnCertificates.Prepare(present, CertificateOrders.Of(tier, instance), sources);

        // The first ones are no news: whoever turns TLS on expects them.
        foreach (string change in prepared.Changes.Where(_ => !present.SameAs(InstanceCertificates.None)))
        {
            problems.Notice(null, $"{instance.FullName}: {change}", "", "");
        }

        return prepared.Certificates;
    }

    private InstanceCertificates Given(MessagingTier tier, BrokerInstance instance)
    {
        ImmutableArray<GivenFileProblem> found = GivenCertificates.Check(
            CertificateOrders.Of(tier, instance), source.GivenFiles, context.Clock.GetUtcNow(), out InstanceCertificates certificates);
        return found.IsEmpty
            ? certificates
            : throw new DeploymentException(DeploymentFailureReason.InvalidInput, [.. found.Select(problem => problem.Problem)]);
    }
}
