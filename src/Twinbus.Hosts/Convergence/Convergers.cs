using Twinbus.Hosts.Resources;

namespace Twinbus.Hosts.Convergence;

/// <summary>The converger of each kind of resource.</summary>
internal static class Convergers
{
    private static readonly Dictionary<string, Converger> ByKind = new(StringComparer.Ordinal)
    {
        [PortClaimResource.KindName] = new PortClaimConverger(),
        [HostNameResource.KindName] = new HostNameConverger(),
        [PackageResource.KindName] = new PackageConverger(),
        [UserResource.KindName] = new UserConverger(),
        [DirectoryResource.KindName] = new DirectoryConverger(),
        [FileResource.KindName] = new FileConverger(),
        [ServiceResource.KindName] = new ServiceConverger(),
        [RabbitMqVirtualHostResource.KindName] = new RabbitMqVirtualHostConverger(),
        [RabbitMqUserResource.KindName] = new RabbitMqUserConverger(),
        [RabbitMqPermissionsResource.KindName] = new RabbitMqPermissionsConverger(),
        [RabbitMqPolicyResource.KindName] = new RabbitMqPolicyConverger(),
        [RabbitMqClusterResource.KindName] = new RabbitMqClusterConverger(),
        [RabbitMqCertificateResource.KindName] = new RabbitMqCertificateConverger(),
    };

    public static Converger Of(string kind) => ByKind.TryGetValue(kind, out var converger)
        ? converger
        : throw new HostException(
            HostFailureReason.Protocol,
            $"This host agent knows no resource of kind {kind}.",
            "It is older than the Twinbus that made the plan, or the ledger.",
            "Run the newer Twinbus again.");
}
