using System.Collections.Immutable;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Model;

namespace Twinbus.Deployment.Placement;

/// <summary>The hosts that take part, and which service each carries.</summary>
internal sealed record ServicePlacement(ImmutableArray<DeploymentHost> Hosts, ImmutableDictionary<string, ImmutableArray<string>> ByService)
{
    /// <summary>Where the inventory names each host; nothing for this machine.</summary>
    public ImmutableDictionary<string, SourcePlace> Places { get; init; } = ImmutableDictionary<string, SourcePlace>.Empty;

    /// <summary>The parameters that say how many hosts a role has, and were compared with the inventory.</summary>
    public ImmutableHashSet<string> Counts { get; init; } = [];

    /// <summary>The hosts of <paramref name="service"/>.</summary>
    public ImmutableArray<DeploymentHost> HostsOf(ServiceDraft service) =>
        [.. ByService[service.Name].Select(name => Hosts.FirstOrDefault(host => host.Name == name)).OfType<DeploymentHost>()];

    /// <summary>This machine, which carries everything.</summary>
    public static ServicePlacement ThisMachine(ImmutableArray<ServiceDraft> services)
    {
        DeploymentHost host = new() { Name = "localhost", Address = "127.0.0.1", IsLocal = true };
        return new ServicePlacement([host], services.ToImmutableDictionary(service => service.Name, _ => ImmutableArray.Create(host.Name)));
    }
}
