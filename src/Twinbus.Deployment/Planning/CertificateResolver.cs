using System.Collections.Immutable;
using Twinbus.Deployment.Certificates;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Reading;

namespace Twinbus.Deployment.Planning;

/// <summary>Finds the certificates of each instance that speaks TLS: kept and still good, newly issued, or custom.</summary>
internal sealed class CertificateResolver(DeploymentSource source, PlanningContext context, ProblemList problems)
{
    /// <summary>Those of all instances by name; what was issued, and why, is among the notices.</summary>
    /// <exception cref="DeploymentException">A custom file became wrong since it was read.</exception>
    public ImmutableSortedDictionary<string, InstanceCertificates> Prepare(MessagingDeployment deployment) => deployment.Instances
        .Where(instance => instance.Tls is not null)
        .ToImmutableSortedDictionary(
            instance => instance.Name,
            instance => instance.Tls!.Custom is null ? Issue(deployment, instance) : Custom(deployment, instance),
            StringComparer.Ordinal);

    /// <summary>What clients of <paramref name="instance"/> need; null when it speaks plaintext.</summary>
    public static ClientTls? ClientTlsOf(BrokerInstance instance, string deploymentDirectory)
    {
        if (instance.Tls is not { } tls)
        {
            return null;
        }

        if (tls.Custom is { } custom)
        {
            return new ClientTls
            {
                CaFile = custom.Authority,
                CertificateFile = tls.VerifyClients ? custom.ClientCertificate : null,
                KeyFile = tls.VerifyClients ? custom.ClientKey : null,
            };
        }

        CertificateStore store = new(deploymentDirectory);
        string? pair = tls.VerifyClients ? store.ClientPath(instance.Name) : null;
        return new ClientTls { CaFile = store.TrustedPath(instance.Name), CertificateFile = pair, KeyFile = pair };
    }

    private InstanceCertificates Issue(MessagingDeployment deployment, BrokerInstance instance)
    {
        CertificateSources sources = new(context.Clock, context.Bytes, context.Keys);
        InstanceCertificates present = context.Certificates.GetValueOrDefault(instance.Name, InstanceCertificates.None);
        PreparedCertificates prepared = OwnCertificates.Prepare(present, CertificateOrders.Of(deployment, instance), sources);

        // The first ones are no news: whoever turns TLS on expects them.
        foreach (string change in prepared.Changes.Where(_ => !present.SameAs(InstanceCertificates.None)))
        {
            problems.Notice(null, $"{instance.FullName}: {change}", "", "");
        }

        return prepared.Certificates;
    }

    private InstanceCertificates Custom(MessagingDeployment deployment, BrokerInstance instance)
    {
        ImmutableArray<CustomCertificateProblem> found = CustomCertificates.Check(
            CertificateOrders.Of(deployment, instance), source.CustomCertificateFiles, context.Clock.GetUtcNow(), out InstanceCertificates certificates);
        return found.IsEmpty
            ? certificates
            : throw new DeploymentException(DeploymentFailureReason.InvalidInput, [.. found.Select(problem => problem.Problem)]);
    }
}
