using System.Collections.Immutable;
using Twinbus.Messaging.Drivers;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>
/// The driver of <c>rabbit://</c> and <c>kombu://</c>: AMQP 0-9-1 to RabbitMQ, with the exchanges, queues, properties and
/// acknowledgements of oslo.messaging's rabbit driver.
/// </summary>
public sealed class RabbitMqDriver : IMessagingDriver
{
    private readonly RabbitMqOptions options;

    /// <summary>A driver with these options; a transport URL's query overrides them for its transport.</summary>
    /// <exception cref="MessagingException">Options contradict each other or are out of range.</exception>
    public RabbitMqDriver(RabbitMqOptions? options = null)
    {
        this.options = options ?? new RabbitMqOptions();
        this.options.Validate();
    }

    /// <inheritdoc/>
    public ImmutableArray<string> Schemes => ["rabbit", "kombu"];

    /// <inheritdoc/>
    public DriverCapabilities Capabilities { get; } = new(Rpc: true, Notifications: true, StoresNotifications: true, Requeues: true, DeadLetters: true);

    /// <inheritdoc/>
    public ImmutableArray<string> IgnoredOptions(TransportUrl url)
    {
        ArgumentNullException.ThrowIfNull(url);
        return RabbitUrlOptions.IgnoredIn(url);
    }

    /// <inheritdoc/>
    public IMessagingConnection Open(TransportUrl url, DriverContext context)
    {
        ArgumentNullException.ThrowIfNull(url);
        ArgumentNullException.ThrowIfNull(context);
        RabbitMqOptions effective = RabbitUrlOptions.Apply(options, url);
        effective.Validate();
        return new RabbitConnection(url, effective, context);
    }
}
