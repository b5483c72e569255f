using Twinbus.Deployment.Backends.RabbitMq;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Secrets;
using Twinbus.Hosts;

namespace Twinbus.Deployment.Clients;

/// <summary>How an instance's management API is reached on its own hosts: 127.0.0.1, as the administrator that Twinbus made for itself.</summary>
/// <param name="Port">1 to 65535.</param>
/// <param name="UserName">The administrator.</param>
/// <param name="Password">Its password.</param>
public sealed record ManagementAccess(int Port, string UserName, Secret Password)
{
    /// <summary>The access to <paramref name="instance"/>; null when its backend has no management API.</summary>
    public static ManagementAccess? Find(BrokerInstance instance, DeploymentSecrets secrets)
    {
        ArgumentNullException.ThrowIfNull(instance);
        ArgumentNullException.ThrowIfNull(secrets);
        return instance.Ports.TryGetValue(PortPurpose.Management, out int port) && secrets.Find($"{instance.Name}.{RabbitMqBackend.Administrator}") is { } password
            ? new ManagementAccess(port, RabbitMqDefinitions.Administrator, password)
            : null;
    }
}
