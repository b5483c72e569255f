using System.Collections.Immutable;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Model;

namespace Twinbus.Deployment.Placement;

/// <summary>An instance before its ports are known.</summary>
internal sealed record InstanceDraft(string Name, string FullName, ServiceDraft Owner, ImmutableArray<string> Hosts)
{
    public IMessagingBackend Backend => Owner.Backend!;

    /// <summary>Those that <paramref name="services"/> need in a deployment called <paramref name="deployment"/>.</summary>
    public static ImmutableArray<InstanceDraft> Of(ImmutableArray<ServiceDraft> services, ServicePlacement placement, string deployment)
    {
        HashSet<string> shared = [.. services.Select(service => service.File.Shares).OfType<string>()];
        string? firstShared = services.FirstOrDefault(service => shared.Contains(service.Name))?.Name;
        return
        [
            .. services.Where(service => service.Backend is { Capabilities.IsDeployed: true }).Select(owner =>
            {
                // Two that are shared at once cannot both be called messaging.
                string name = owner.Name == firstShared ? "messaging" : owner.Name;
                return new InstanceDraft(name, DeploymentName.OfInstance(deployment, name), owner, placement.ByService[owner.Name]);
            }),
        ];
    }

    /// <summary>What it was in the last deploy; null when it is new.</summary>
    public BrokerInstance? Before(MessagingDeployment? previous) =>
        previous?.Instances.FirstOrDefault(instance => instance.FullName == FullName && instance.Backend == Backend.Capabilities.Name);
}
