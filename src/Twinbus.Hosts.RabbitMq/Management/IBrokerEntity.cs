namespace Twinbus.Hosts.RabbitMq.Management;

/// <summary>A resource inside a broker rather than on the host itself.</summary>
internal interface IBrokerEntity
{
    /// <summary>The way into the broker.</summary>
    RabbitMqManagement Management { get; }
}
