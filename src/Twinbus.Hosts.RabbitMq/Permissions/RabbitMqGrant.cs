namespace Twinbus.Hosts.RabbitMq.Permissions;

/// <summary>What a RabbitMQ user may do in one virtual host: three regular expressions over resource names.</summary>
/// <param name="VirtualHost">The virtual host.</param>
/// <param name="Configure">What it may declare and delete.</param>
/// <param name="Write">What it may publish to and bind.</param>
/// <param name="Read">What it may consume and bind from.</param>
public sealed record RabbitMqGrant(string VirtualHost, string Configure, string Write, string Read);
