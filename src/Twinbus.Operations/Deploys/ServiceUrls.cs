using System.Collections.Immutable;
using Twinbus.Deployment;
using Twinbus.Deployment.Clients;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Secrets;

namespace Twinbus.Operations.Deploys;

/// <summary>The transport URLs of a deployment. One service's fault does not hide the others' URLs.</summary>
/// <param name="Urls">The URLs by the service's name, in the services' order.</param>
/// <param name="Faults">Why the URL of a service is missing among them.</param>
public sealed record ServiceUrls(OrderedDictionary<string, string> Urls, ImmutableArray<Problem> Faults)
{
    /// <summary>The URLs of <paramref name="deployment"/>: with its passwords when <paramref name="secrets"/> are given, else with <c>***</c>.</summary>
    public static ServiceUrls Of(MessagingDeployment deployment, DeploymentSecrets? secrets)
    {
        ArgumentNullException.ThrowIfNull(deployment);
        OrderedDictionary<string, string> urls = [];
        List<Problem> faults = [];
        foreach (MessagingService service in deployment.Services)
        {
            try
            {
                urls[service.Name] = secrets is null ? TransportUrlText.Redacted(service) : TransportUrlText.Full(service, secrets).Reveal();
            }
            catch (DeploymentException fault)
            {
                faults.AddRange(fault.Problems);
            }
        }

        return new ServiceUrls(urls, [.. faults]);
    }
}
