namespace Twinbus.Hosts.RabbitMq.Management;

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
