using System.Net;

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

    /// <summary>
    /// Redeliveries of one message before a quorum queue drops it (<c>rabbit_quorum_delivery_limit</c>). 0: not declared, so the broker's
    /// own limit holds: none before RabbitMQ 4.0, 20 since. -1: none, from 4.0 on; an older broker drops a message at its first return.
    /// </summary>
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

    /// <summary>
    /// Reply and fanout queues are named <c>reply_HOST:PROCESS:n</c> and <c>TOPIC_fanout_HOST:PROCESS:n</c>, by a number that
    /// the processes of one name count together in <c>/dev/shm/HOST_PROCESS_qmanager</c>, and outlive their transport: a
    /// service that starts again comes back to them (<c>use_queue_manager</c>). Linux only. Default: false, random names.
    /// </summary>
    public bool StableNames { get; init; }

    /// <summary>HOST of stable names (<c>hostname</c>). Null: the machine's.</summary>
    public string? HostName { get; init; }

    /// <summary>PROCESS of stable names (<c>processname</c>). Null: the program's file name.</summary>
    public string? ProcessName { get; init; }

    internal string EffectiveHostName => HostName ?? Dns.GetHostName();

    internal string EffectiveProcessName => ProcessName ?? Path.GetFileName(Environment.GetCommandLineArgs()[0]);

    internal void Validate(int prefetch)
    {
        if (QuorumDeliveryLimit < -1 || QuorumMaxMemoryLength < 0 || QuorumMaxMemoryBytes < 0
            || TransientTtl < TimeSpan.Zero || TransientTtl.TotalMilliseconds > int.MaxValue)
        {
            throw RabbitMqOptions.Invalid("no quorum limit may be negative, but for a QuorumDeliveryLimit of -1, and TransientTtl may be 0 to 24 days");
        }

        if (StreamFanout && (!TransientQuorum || prefetch == 0))
        {
            throw RabbitMqOptions.Invalid("StreamFanout needs TransientQuorum and a Prefetch above 0");
        }

        if (StableNames)
        {
            ValidateNames();
        }
    }

    private void ValidateNames()
    {
        if (!OperatingSystem.IsLinux())
        {
            throw RabbitMqOptions.Invalid("StableNames are counted in /dev/shm, which only Linux has");
        }

        foreach ((string option, string name) in new[] { (nameof(HostName), EffectiveHostName), (nameof(ProcessName), EffectiveProcessName) })
        {
            // They are part of a file's name and stand between colons in a queue's, which holds 255 bytes.
            if (name.Length is 0 or > 64 || name.Any(c => c is '/' or ':' || !char.IsAscii(c) || char.IsControl(c)))
            {
                throw RabbitMqOptions.Invalid($"{option} is '{name}' and must be 1 to 64 ASCII characters without '/' and ':'");
            }
        }
    }
}
