using System.Text.Json.Serialization;

namespace Twinbus.Hosts.RabbitMq.Management;

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
