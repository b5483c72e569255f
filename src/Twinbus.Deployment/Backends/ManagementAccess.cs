using Twinbus.Deployment.Model;
using Twinbus.Deployment.Secrets;
using Twinbus.Hosts;
using Twinbus.Hosts.RabbitMq.Management;

namespace Twinbus.Deployment.Backends;

/// <summary>How an instance's management API is reached on its own hosts: 127.0.0.1, as the administrator that Twinbus made for itself.</summary>
/// <param name="Port">1 to 65535.</param>
/// <param name="UserName">The administrator.</param>
/// <param name="Password">Its password.</param>
/// <param name="AlarmsPath">What is asked for alarms: 200 when there is none, 503 with a list of them else.</param>
public sealed record ManagementAccess(int Port, string UserName, Secret Password, string AlarmsPath)
{
    /// <summary>The access to <paramref name="instance"/>; null when its backend has no management API.</summary>
    public static ManagementAccess? Find(BrokerInstance instance, DeploymentSecrets secrets)
    {
        ArgumentNullException.ThrowIfNull(instance);
        ArgumentNullException.ThrowIfNull(secrets);
        return BackendRegistry.Shipped.Find(instance.Backend)?.ManagementOf(instance, secrets);
    }
}
