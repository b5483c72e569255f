using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Kinds.Services;
using Twinbus.Hosts.RabbitMq.Certificates;
using Twinbus.Hosts.RabbitMq.Cluster;
using Twinbus.Hosts.RabbitMq.Permissions;
using Twinbus.Hosts.RabbitMq.Policies;
using Twinbus.Hosts.RabbitMq.Users;
using Twinbus.Hosts.RabbitMq.VirtualHosts;

namespace Twinbus.Hosts.RabbitMq;

/// <summary>The kinds of resources that RabbitMQ needs on a host.</summary>
public static class RabbitMqKinds
{
    /// <summary>Adds them. To add one, add its line.</summary>
    /// <param name="kinds">What to add them to.</param>
    public static ResourceKinds AddRabbitMq(this ResourceKinds kinds)
    {
        ArgumentNullException.ThrowIfNull(kinds);
        return kinds
            .AddRestartGuard(
                RabbitMqMembership.KindName,
                (service, membership, context) => new ClusterRestart(service, membership, context),
                MembershipJson.Default.RabbitMqMembership)
            .Add(RabbitMqVirtualHostResource.KindName, new RabbitMqVirtualHostConverger(), VirtualHostJson.Default.RabbitMqVirtualHostResource)
            .Add(RabbitMqUserResource.KindName, new RabbitMqUserConverger(), UserJson.Default.RabbitMqUserResource)
            .Add(RabbitMqPermissionsResource.KindName, new RabbitMqPermissionsConverger(), PermissionsJson.Default.RabbitMqPermissionsResource)
            .Add(RabbitMqPolicyResource.KindName, new RabbitMqPolicyConverger(), PolicyJson.Default.RabbitMqPolicyResource)
            .Add(RabbitMqClusterResource.KindName, new RabbitMqClusterConverger(), ClusterJson.Default.RabbitMqClusterResource)
            .Add(RabbitMqCertificateResource.KindName, new RabbitMqCertificateConverger(), CertificateJson.Default.RabbitMqCertificateResource);
    }
}
