using System.Collections.Immutable;

namespace Twinbus.Deployment.Model;

/// <summary>
/// A messaging deployment with every value resolved: what the environments, roles and inventory came to. Inert and without
/// secrets; the deployment directory keeps it as <c>deployment.json</c>.
/// </summary>
public sealed record MessagingDeployment
{
    /// <summary>The deployment's name; 1 to 16 characters of <c>[a-z0-9-]</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The messaging services, in the order of their names' first mention; names are unique.</summary>
    public required ImmutableArray<MessagingService> Services { get; init; }

    /// <summary>The broker instances that the deployment makes; none for external services.</summary>
    public required ImmutableArray<BrokerInstance> Instances { get; init; }

    /// <summary>The hosts that carry an instance, in inventory order.</summary>
    public required ImmutableArray<DeploymentHost> Hosts { get; init; }

    /// <summary>
    /// Hosts that carried an instance and have left the inventory. What was made there is removed once the hosts that
    /// stay are as the plan says: a cluster lets go of a member while it still runs.
    /// </summary>
    public ImmutableArray<DeploymentHost> Departed { get; init; } = [];

    /// <summary>The environment files as they were given, in order, absolute.</summary>
    public required ImmutableArray<string> EnvironmentFiles { get; init; }

    /// <summary>The roles file, absolute, when one was given.</summary>
    public string? RolesFile { get; init; }

    /// <summary>The inventory, absolute, when one was given.</summary>
    public string? InventoryFile { get; init; }

    /// <summary>Every parameter with its value and origin, in name order.</summary>
    public required ImmutableArray<ResolvedParameter> Parameters { get; init; }

    /// <summary>The messaging service called <paramref name="name"/>, or null.</summary>
    public MessagingService? Service(string name) => Services.FirstOrDefault(service => service.Name == name);

    /// <summary>The instance that carries <paramref name="service"/>, or null when it is external.</summary>
    public BrokerInstance? InstanceOf(MessagingService service)
    {
        ArgumentNullException.ThrowIfNull(service);
        return Instances.FirstOrDefault(instance => instance.Name == service.Instance);
    }
}

/// <summary>A parameter, its value and where the value came from.</summary>
/// <param name="Name">Such as <c>RpcPort</c>.</param>
/// <param name="Value">As text; <c>***</c> for a hidden one, null when it has none.</param>
/// <param name="Origin"><c>file:line:column</c>, or <c>default</c>, <c>generated</c>, <c>allocated</c>.</param>
public sealed record ResolvedParameter(string Name, string? Value, string Origin);

/// <summary>A host that carries at least one broker instance.</summary>
public sealed record DeploymentHost
{
    /// <summary>Inventory name; <c>localhost</c> for this machine when there is no inventory.</summary>
    public required string Name { get; init; }

    /// <summary>Name or address that clients and other hosts reach it by.</summary>
    public required string Address { get; init; }

    /// <summary>Whether it is the machine that Twinbus runs on.</summary>
    public bool IsLocal { get; init; }

    /// <summary>Port of its SSH server (<c>ansible_port</c>); null: as the SSH client's configuration says.</summary>
    public int? SshPort { get; init; }

    /// <summary>User to log in as (<c>ansible_user</c>).</summary>
    public string? SshUser { get; init; }

    /// <summary>Private key file (<c>ansible_ssh_private_key_file</c>).</summary>
    public string? SshKeyFile { get; init; }

    /// <summary>Further options for the SSH client (<c>ansible_ssh_common_args</c>, <c>ansible_ssh_extra_args</c>, <c>ansible_ssh_args</c>).</summary>
    public string? SshArguments { get; init; }
}
