namespace Twinbus.Testing.RabbitMq;

/// <summary>A virtual host made for one test class, and the one user who may do everything in it.</summary>
/// <param name="Name">The virtual host's name.</param>
/// <param name="User">Its user, who is no administrator.</param>
/// <param name="Password">The user's password: letters and digits only, so it needs no escaping in a URL.</param>
/// <param name="Port">The broker's AMQP port on 127.0.0.1.</param>
public sealed record RabbitMqVirtualHost(string Name, string User, string Password, int Port)
{
    /// <summary>As oslo.messaging writes it.</summary>
    public string TransportUrl => $"rabbit://{User}:{Password}@127.0.0.1:{Port}/{Name}";

    /// <summary>As RabbitMQ's own clients write it.</summary>
    public Uri AmqpUri => new($"amqp://{User}:{Password}@127.0.0.1:{Port}/{Name}");
}
