namespace Twinbus.Messaging.RabbitMq;

/// <summary>What exchanges and queues are declared like. Services that disagree refuse each other's (406).</summary>
public sealed record RabbitQueueOptions
{
    /// <summary>The control exchange and the topics' queues survive a broker restart (<c>amqp_durable_queues</c>).</summary>
    public bool Durable { get; init; }

    /// <summary>The control exchange and the topics' queues go when nobody uses them (<c>amqp_auto_delete</c>).</summary>
    public bool AutoDelete { get; init; }

    /// <summary>The topics' queues are quorum queues, and durable (<c>rabbit_quorum_queue</c>).</summary>
    public bool Quorum { get; init; }

    /// <summary>Deliveries of one message before a quorum queue drops it (<c>rabbit_quorum_delivery_limit</c>). 0: no limit.</summary>
    public int QuorumDeliveryLimit { get; init; }

    /// <summary>Messages a quorum queue keeps in memory (<c>rabbit_quorum_max_memory_length</c>). 0: no limit.</summary>
    public int QuorumMaxMemoryLength { get; init; }

    /// <summary>Bytes a quorum queue keeps in memory (<c>rabbit_quorum_max_memory_bytes</c>). 0: no limit.</summary>
    public int QuorumMaxMemoryBytes { get; init; }

    /// <summary>Unused reply and fanout queues go after this (<c>rabbit_transient_queues_ttl</c>); zero: never. Default: 1800 s.</summary>
    public TimeSpan TransientTtl { get; init; } = TimeSpan.FromSeconds(1800);

    /// <summary>Reply and fanout queues are quorum queues too (<c>rabbit_transient_quorum_queue</c>).</summary>
    public bool TransientQuorum { get; init; }

    /// <summary>
    /// One stream for each topic instead of a fanout queue for each server (<c>rabbit_stream_fanout</c>). Needs
    /// <see cref="TransientQuorum"/> and a prefetch.
    /// </summary>
    public bool StreamFanout { get; init; }

    /// <summary>Names for reply and fanout queues that stay the same over restarts (<c>use_queue_manager</c>). Null: random names.</summary>
    public RabbitQueueNames? StableNames { get; init; }

    internal void Validate(int prefetch)
    {
        if (QuorumDeliveryLimit < 0 || QuorumMaxMemoryLength < 0 || QuorumMaxMemoryBytes < 0
            || TransientTtl < TimeSpan.Zero || TransientTtl.TotalMilliseconds > int.MaxValue)
        {
            throw RabbitMqOptions.Invalid("no quorum limit may be negative, and TransientTtl may be 0 to 24 days");
        }

        if (StreamFanout && (!TransientQuorum || prefetch == 0))
        {
            throw RabbitMqOptions.Invalid("StreamFanout needs TransientQuorum and a Prefetch above 0");
        }
    }
}

/// <summary>Reply and fanout queues are named <c>reply_HOST:PROCESS:n</c> and <c>TOPIC_fanout_HOST:PROCESS:n</c>.</summary>
/// <param name="Host">This machine (<c>hostname</c>).</param>
/// <param name="Process">This program (<c>processname</c>); two of one name on one machine must differ in <paramref name="First"/>.</param>
/// <param name="First">The first number; the driver counts on from it. Default: 1.</param>
public sealed record RabbitQueueNames(string Host, string Process, int First = 1);
