using System.Text.Json.Serialization;

namespace Twinbus.Hosts.Resources;

/// <summary>How the agent reaches a RabbitMQ node's management API: loopback only, as Twinbus's own administrator.</summary>
public sealed record RabbitMqManagement
{
    /// <summary>Broker instance, for names in reports.</summary>
    public required string Instance { get; init; }

    /// <summary>Port on 127.0.0.1, 1 to 65535.</summary>
    public required int Port { get; init; }

    /// <summary>Administrator that Twinbus made for itself.</summary>
    public required string UserName { get; init; }

    /// <summary>Its password.</summary>
    public required Secret Password { get; init; }

    /// <summary>The way in when the administrator itself is gone or its password is not this one; null: that is an error.</summary>
    public RabbitMqNode? Node { get; init; }
}

/// <summary>A RabbitMQ node as the command line on its own host reaches it, through Erlang distribution.</summary>
public sealed record RabbitMqNode
{
    /// <summary>The node's name, such as <c>twinbus-default-messaging@localhost</c>.</summary>
    public required string NodeName { get; init; }

    /// <summary>System user that the node runs as.</summary>
    public required string SystemUser { get; init; }

    /// <summary>That user's home directory; <c>.erlang.cookie</c> is in it.</summary>
    public required string Home { get; init; }

    [JsonIgnore]
    internal string Cookie => Home + "/.erlang.cookie";

    /// <summary>Port of the instance's own epmd, 1 to 65535.</summary>
    public required int EpmdPort { get; init; }

    /// <summary>
    /// What else the node's command line needs in its environment, such as <c>RABBITMQ_CONF_ENV_FILE</c> or
    /// <c>RABBITMQ_CTL_DIST_PORT_MIN</c>. Never a secret.
    /// </summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The program, absolute.</summary>
    public string Command { get; init; } = "/usr/lib/rabbitmq/bin/rabbitmqctl";
}

/// <summary>A resource inside a broker rather than on the host itself.</summary>
internal interface IBrokerEntity
{
    /// <summary>The way into the broker.</summary>
    RabbitMqManagement Management { get; }
}

/// <summary>A RabbitMQ virtual host.</summary>
public sealed record RabbitMqVirtualHostResource : Resource, IBrokerEntity
{
    /// <summary><c>rabbitmq-vhost</c></summary>
    public const string KindName = "rabbitmq-vhost";

    /// <summary>The node's management API.</summary>
    public required RabbitMqManagement Management { get; init; }

    /// <summary>Name, such as <c>/</c>.</summary>
    public required string VirtualHost { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => KindName;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Name => $"{Management.Instance}:{VirtualHost}";
}

/// <summary>A RabbitMQ user with exactly these tags and this password, or, when <see cref="Absent"/>, no such user.</summary>
public sealed record RabbitMqUserResource : Resource, IBrokerEntity
{
    /// <summary><c>rabbitmq-user</c></summary>
    public const string KindName = "rabbitmq-user";

    /// <summary>The node's management API.</summary>
    public required RabbitMqManagement Management { get; init; }

    /// <summary>Name of the user.</summary>
    public required string User { get; init; }

    /// <summary>Its password; none when the user shall not exist. Compared by salted hash, never sent when equal.</summary>
    public Secret? Password { get; init; }

    /// <summary>Its tags, exactly: none for an application, <c>administrator</c> for Twinbus itself.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Whether the user shall not exist (guest).</summary>
    public bool Absent { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => KindName;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Name => $"{Management.Instance}:{User}";
}

/// <summary>What a RabbitMQ user may do in one virtual host: three regular expressions over resource names.</summary>
/// <param name="VirtualHost">The virtual host.</param>
/// <param name="Configure">What it may declare and delete.</param>
/// <param name="Write">What it may publish to and bind.</param>
/// <param name="Read">What it may consume and bind from.</param>
public sealed record RabbitMqGrant(string VirtualHost, string Configure, string Write, string Read);

/// <summary>All permissions of a RabbitMQ user: exactly these, in no other virtual host.</summary>
public sealed record RabbitMqPermissionsResource : Resource, IBrokerEntity
{
    /// <summary><c>rabbitmq-permissions</c></summary>
    public const string KindName = "rabbitmq-permissions";

    /// <summary>The node's management API.</summary>
    public required RabbitMqManagement Management { get; init; }

    /// <summary>Name of the user.</summary>
    public required string User { get; init; }

    /// <summary>What it may do, one entry a virtual host.</summary>
    public required IReadOnlyList<RabbitMqGrant> Grants { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => KindName;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Name => $"{Management.Instance}:{User}";
}

/// <summary>A RabbitMQ policy.</summary>
public sealed record RabbitMqPolicyResource : Resource, IBrokerEntity
{
    /// <summary><c>rabbitmq-policy</c></summary>
    public const string KindName = "rabbitmq-policy";

    /// <summary>The node's management API.</summary>
    public required RabbitMqManagement Management { get; init; }

    /// <summary>The virtual host that it holds in.</summary>
    public required string VirtualHost { get; init; }

    /// <summary>Name of the policy.</summary>
    public required string Policy { get; init; }

    /// <summary>Regular expression over the names of what it applies to.</summary>
    public required string Pattern { get; init; }

    /// <summary><c>queues</c>, <c>exchanges</c> or <c>all</c>.</summary>
    public string AppliesTo { get; init; } = "queues";

    /// <summary>The higher one wins.</summary>
    public int Priority { get; init; }

    /// <summary>Keys and values; a value is JSON text (<c>1800000</c>, <c>"reject-publish"</c>).</summary>
    public required IReadOnlyDictionary<string, string> Definition { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => KindName;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Name => $"{Management.Instance}:{VirtualHost}:{Policy}";
}
