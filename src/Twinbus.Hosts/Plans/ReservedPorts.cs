namespace Twinbus.Hosts.Plans;

/// <summary>Ports that another deployment has on the host.</summary>
/// <param name="Deployment">The deployment's name.</param>
/// <param name="Unit">Its service, such as <c>twinbus-lab-messaging</c>.</param>
/// <param name="Ports">The ports.</param>
public sealed record ReservedPorts(string Deployment, string Unit, PortRange Ports);
