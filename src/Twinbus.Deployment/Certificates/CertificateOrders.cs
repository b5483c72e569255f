using System.Collections.Immutable;
using Twinbus.Deployment.Model;

namespace Twinbus.Deployment.Certificates;

/// <summary>A member of a broker instance and all that it is called.</summary>
/// <param name="Host">Its host.</param>
/// <param name="NodeName">The backend's name for it; behind the @ is what other members and the command line call its host.</param>
/// <param name="ClientName">Name or address that clients connect to.</param>
internal sealed record CertificateMember(DeploymentHost Host, string NodeName, string ClientName);

/// <summary>Says what certificates an instance shall have.</summary>
internal static class CertificateOrders
{
    public static CertificateOrder Of(string fullName, InstanceTls tls, IEnumerable<CertificateMember> members) => new()
    {
        Instance = fullName,
        Tls = tls,
        Hosts = members.ToImmutableSortedDictionary(member => member.Host.Name, member => Names(member, tls), StringComparer.Ordinal),
    };

    /// <summary>The order for an instance of a finished model.</summary>
    public static CertificateOrder Of(MessagingDeployment deployment, BrokerInstance instance)
    {
        MessagingService service = deployment.Services.First(service => service.Instance == instance.Name);
        return Of(
            instance.FullName,
            instance.Tls!,
            instance.Nodes.Zip(service.Endpoints, (node, endpoint) => new CertificateMember(
                deployment.Hosts.First(host => host.Name == node.Host), node.NodeName, endpoint.Host)));
    }

    // Our own CA names all that a host is called. A custom certificate need only be good for what is verified.
    private static ServerNames Names(CertificateMember member, InstanceTls tls)
    {
        string nodeHost = member.NodeName[(member.NodeName.IndexOf('@', StringComparison.Ordinal) + 1)..];
        return tls.Custom is null
            ? ServerNames.Of([member.ClientName, member.Host.Name, member.Host.Address, nodeHost], member.Host.IsLocal)
            : ServerNames.Of(tls.InterNode ? [member.ClientName, nodeHost] : [member.ClientName]);
    }
}
