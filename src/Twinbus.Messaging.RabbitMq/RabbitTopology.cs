using System.Collections.Concurrent;
using RabbitMQ.Client;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>An exchange to declare.</summary>
internal sealed record ExchangeDeclaration(string Name, string Type, bool Durable, bool AutoDelete)
{
    public Task DeclareAsync(IChannel channel, CancellationToken cancellationToken) =>
        channel.ExchangeDeclareAsync(Name, Type, Durable, AutoDelete, null, false, false, cancellationToken);
}

/// <summary>Where a reader of a stream stands: at the newest chunk first, then after the last message it has seen.</summary>
internal sealed class StreamPosition
{
    private long next = -1;

    /// <summary>The argument of the next consumption.</summary>
    public object Offset => Volatile.Read(ref next) is >= 0 and var offset ? offset : "last";

    /// <summary>Notes the offset that a delivery brought with it.</summary>
    public void Seen(IReadOnlyBasicProperties properties)
    {
        if (properties.Headers?.TryGetValue("x-stream-offset", out object? value) == true && value is long offset)
        {
            Volatile.Write(ref next, offset + 1);
        }
    }
}

/// <summary>A queue to declare, and what it is bound to.</summary>
internal sealed record QueueDeclaration(
    string Name, bool Durable, bool AutoDelete, IReadOnlyDictionary<string, object?> Arguments)
{
    /// <summary>Exchanges and keys.</summary>
    public IReadOnlyList<(ExchangeDeclaration Exchange, string Key)> Bindings { get; init; } = [];

    /// <summary>Where reading it goes on, for a stream; null for a queue.</summary>
    public StreamPosition? Position { get; init; }

    public async Task DeclareAsync(IChannel channel, CancellationToken cancellationToken)
    {
        foreach ((ExchangeDeclaration exchange, _) in Bindings)
        {
            await exchange.DeclareAsync(channel, cancellationToken).ConfigureAwait(false);
        }

        await channel.QueueDeclareAsync(
            Name, Durable, exclusive: false, AutoDelete, new Dictionary<string, object?>(Arguments), false, false, cancellationToken)
            .ConfigureAwait(false);
        foreach ((ExchangeDeclaration exchange, string key) in Bindings)
        {
            await channel.QueueBindAsync(Name, exchange.Name, key, null, false, cancellationToken).ConfigureAwait(false);
        }
    }
}

/// <summary>
/// The exchanges and queues of the original, name for name and argument for argument: a difference in any one is refused
/// by the broker (406).
/// </summary>
internal sealed class RabbitTopology(RabbitQueueOptions options)
{
    // Declarations are asked for with every message; far more names than any service has are not remembered.
    private const int MaxRemembered = 4096;

    private readonly ConcurrentDictionary<string, ExchangeDeclaration> controls = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, QueueDeclaration> deadLetters = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ExchangeDeclaration> fanouts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Exchange, string Topic, NotificationPriority Priority), QueueDeclaration> notifications = new();

    /// <summary>The control exchange.</summary>
    public ExchangeDeclaration Control(string exchange) => controls.TryGetValue(exchange, out ExchangeDeclaration? known)
        ? known
        : Remember(controls, exchange, new(exchange, ExchangeType.Topic, options.Durable || options.Quorum, options.AutoDelete));

    /// <summary>A topic's fanout exchange. The control exchange's name has no part in it.</summary>
    public ExchangeDeclaration Fanout(string topic) => fanouts.TryGetValue(topic, out ExchangeDeclaration? known)
        ? known
        : Remember(fanouts, topic, new($"{topic}_fanout", ExchangeType.Fanout, options.TransientQuorum, AutoDelete: true));

    /// <summary>A topic's queue, bound by its own name: <c>T</c>, <c>T.S</c>.</summary>
    public QueueDeclaration Topic(string exchange, string name) => Shared(name, [(Control(exchange), name)]);

    /// <summary>The queue of notifications of one priority: <c>N.priority</c>.</summary>
    public QueueDeclaration Notifications(string exchange, string topic, NotificationPriority priority) =>
        notifications.TryGetValue((exchange, topic, priority), out QueueDeclaration? known)
            ? known
            : Remember(notifications, (exchange, topic, priority), Topic(exchange, $"{topic}.{priority.QueueName()}"));

    /// <summary>A queue for what failed too often; the default exchange leads to it.</summary>
    public QueueDeclaration DeadLetters(string name) => deadLetters.TryGetValue(name, out QueueDeclaration? known)
        ? known
        : Remember(deadLetters, name, Shared(name, []));

    /// <summary>A pool's queue, bound by every key.</summary>
    public QueueDeclaration Pool(string name, IEnumerable<(string Exchange, string Key)> bindings) =>
        Shared(name, [.. bindings.Select(binding => (Control(binding.Exchange), binding.Key))]);

    /// <summary>A server's own queue for what goes to all servers.</summary>
    public QueueDeclaration FanoutQueue(string topic, string name) => Transient(name) with { Bindings = [(Fanout(topic), topic)] };

    /// <summary>The stream that all servers of a topic read what goes to all of them from.</summary>
    public QueueDeclaration FanoutStream(string topic) => new(
        $"{topic}_fanout", Durable: true, AutoDelete: false, new Dictionary<string, object?>
        {
            ["x-queue-type"] = "stream",
            ["x-max-age"] = $"{(long)options.TransientTtl.TotalSeconds}s",
        })
    {
        Bindings = [(Fanout(topic), topic)],
        Position = new StreamPosition(),
    };

    /// <summary>A client's own queue for replies; the default exchange leads to it.</summary>
    public QueueDeclaration Reply(string name) => Transient(name);

    /// <summary>The exchange that servers up to oslo.messaging 9.1 reply to, named as the queue.</summary>
    public static ExchangeDeclaration LegacyReply(string name) => new(name, ExchangeType.Direct, Durable: false, AutoDelete: true);

    private static TValue Remember<TKey, TValue>(ConcurrentDictionary<TKey, TValue> all, TKey key, TValue value)
        where TKey : notnull => all.Count < MaxRemembered ? all.GetOrAdd(key, value) : value;

    private QueueDeclaration Shared(string name, IReadOnlyList<(ExchangeDeclaration Exchange, string Key)> bindings)
    {
        var arguments = new Dictionary<string, object?>();
        if (options.Quorum)
        {
            arguments["x-queue-type"] = "quorum";
            Add("x-delivery-limit", options.QuorumDeliveryLimit);
            Add("x-max-in-memory-length", options.QuorumMaxMemoryLength);
            Add("x-max-in-memory-bytes", options.QuorumMaxMemoryBytes);
        }

        return new QueueDeclaration(name, options.Durable || options.Quorum, options.AutoDelete, arguments) { Bindings = bindings };

        void Add(string argument, int value)
        {
            if (value != 0)
            {
                arguments[argument] = value;
            }
        }
    }

    private QueueDeclaration Transient(string name)
    {
        var arguments = new Dictionary<string, object?>();
        if (options.TransientTtl > TimeSpan.Zero)
        {
            // A signed 32-bit number on the wire, as the original's.
            arguments["x-expires"] = (int)options.TransientTtl.TotalMilliseconds;
        }

        if (options.TransientQuorum)
        {
            arguments["x-queue-type"] = "quorum";
        }

        return new QueueDeclaration(name, options.TransientQuorum, AutoDelete: false, arguments);
    }
}
