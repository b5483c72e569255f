using System.Collections.Immutable;

namespace Twinbus.Deployment.Model;

/// <summary>One deployed backend with an identity of its own: nothing that it has is shared with another instance.</summary>
public sealed record BrokerInstance
{
    /// <summary><c>messaging</c> when services share it, else the name of its service.</summary>
    public required string Name { get; init; }

    /// <summary>Name on hosts, <c>DEPLOYMENT-NAME</c>: unit, user and directories are named after it.</summary>
    public required string FullName { get; init; }

    /// <summary>The backend's name, such as <c>rabbitmq</c>.</summary>
    public required string Backend { get; init; }

    /// <summary>Its members, in inventory order; at least one.</summary>
    public required ImmutableArray<BrokerNode> Nodes { get; init; }

    /// <summary>The host whose node the others join, and which provides for what is inside the broker; one of <see cref="Nodes"/>.</summary>
    public required string Seed { get; init; }

    /// <summary>Major and minor version of its server: the oldest that its hosts have or are offered; null when no host knows.</summary>
    public Version? ServerVersion { get; init; }

    /// <summary>Where its server comes from.</summary>
    public ServerSoftware Software { get; init; } = ServerSoftware.OfPackage;

    /// <summary>What keeps its nodes running.</summary>
    public ServiceManager ServiceManager { get; init; }

    /// <summary>Ports by purpose (<see cref="PortPurpose"/>), the same on each of its hosts.</summary>
    public required ImmutableSortedDictionary<string, int> Ports { get; init; }

    /// <summary>The backend's own settings: parameter names without the service's prefix, values as text.</summary>
    public required ImmutableSortedDictionary<string, string> Settings { get; init; }

    /// <summary>How it speaks TLS; null: plaintext.</summary>
    public InstanceTls? Tls { get; init; }

    /// <summary>Where its things are on each of its hosts.</summary>
    public InstancePaths Paths => new(FullName);
}

/// <summary>A member of a broker instance.</summary>
public sealed record BrokerNode
{
    /// <summary>The host that it runs on, by inventory name.</summary>
    public required string Host { get; init; }

    /// <summary>The backend's own name for it, such as <c>twinbus-default-messaging@localhost</c>.</summary>
    public required string NodeName { get; init; }

    /// <summary>Address that it listens on for clients.</summary>
    public required string ListenAddress { get; init; }
}

/// <summary>What a port is for, whatever the backend; each has others of its own.</summary>
public static class PortPurpose
{
    /// <summary>Where clients connect.</summary>
    public const string Client = "client";
}

/// <summary>Names and directories of an instance on a host; all follow from its full name.</summary>
/// <param name="FullName">The instance's full name.</param>
public sealed record InstancePaths(string FullName)
{
    /// <summary>The service manager's name of it, without <c>.service</c>.</summary>
    public string Unit => $"twinbus-{FullName}";

    /// <summary>System user and group that it runs as.</summary>
    public string SystemUser => $"twinbus-{FullName}";

    /// <summary>Configuration.</summary>
    public string Config => $"/etc/twinbus/{FullName}";

    /// <summary>Home of the system user; what the broker stores.</summary>
    public string Data => $"/var/lib/twinbus/{FullName}";

    /// <summary>Logs.</summary>
    public string Log => $"/var/log/twinbus/{FullName}";

    /// <summary>Pid and fingerprint; empty after a boot.</summary>
    public string Runtime => $"/run/twinbus/{FullName}";

    /// <summary>The running broker's process id.</summary>
    public string Pid => $"{Runtime}/pid";
}
