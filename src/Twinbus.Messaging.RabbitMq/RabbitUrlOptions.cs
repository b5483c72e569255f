using System.Collections.Frozen;
using System.Collections.Immutable;
using static Twinbus.Messaging.Drivers.UrlOptionValue;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>Options in a transport URL's query, by the original's names; they override the configured ones.</summary>
internal static class RabbitUrlOptions
{
    private static readonly Dictionary<string, Func<RabbitMqOptions, string, RabbitMqOptions>> Known = new(StringComparer.Ordinal)
    {
        ["amqp_durable_queues"] = (o, v) => o with { Queues = o.Queues with { Durable = Flag(v) } },
        ["amqp_auto_delete"] = (o, v) => o with { Queues = o.Queues with { AutoDelete = Flag(v) } },
        ["rabbit_quorum_queue"] = (o, v) => o with { Queues = o.Queues with { Quorum = Flag(v) } },
        ["rabbit_quorum_delivery_limit"] = (o, v) => o with { Queues = o.Queues with { QuorumDeliveryLimit = WholeOrMinusOne(v) } },
        ["rabbit_quorum_max_memory_length"] = (o, v) => o with { Queues = o.Queues with { QuorumMaxMemoryLength = Whole(v) } },
        ["rabbit_quorum_max_memory_bytes"] = (o, v) => o with { Queues = o.Queues with { QuorumMaxMemoryBytes = Whole(v) } },
        ["rabbit_transient_queues_ttl"] = (o, v) => o with { Queues = o.Queues with { TransientTtl = Seconds(v) } },
        ["rabbit_transient_quorum_queue"] = (o, v) => o with { Queues = o.Queues with { TransientQuorum = Flag(v) } },
        ["rabbit_stream_fanout"] = (o, v) => o with { Queues = o.Queues with { StreamFanout = Flag(v) } },
        ["use_queue_manager"] = (o, v) => o with { Queues = o.Queues with { StableNames = Flag(v) } },
        ["hostname"] = (o, v) => o with { Queues = o.Queues with { HostName = v } },
        ["processname"] = (o, v) => o with { Queues = o.Queues with { ProcessName = v } },
        ["rabbit_qos_prefetch_count"] = (o, v) => o with { Prefetch = Whole(v) },
        ["heartbeat_timeout_threshold"] = (o, v) => o with { Connection = o.Connection with { Heartbeat = Seconds(v) } },
        ["rabbit_retry_interval"] = (o, v) => o with { Connection = o.Connection with { RetryInterval = Seconds(v) } },
        ["rabbit_retry_backoff"] = (o, v) => o with { Connection = o.Connection with { RetryBackoff = Seconds(v) } },
        ["rabbit_interval_max"] = (o, v) => o with { Connection = o.Connection with { RetryIntervalMax = Seconds(v) } },
        ["kombu_reconnect_delay"] = (o, v) => o with { Connection = o.Connection with { ReconnectDelay = Seconds(v) } },
        ["kombu_failover_strategy"] = (o, v) => o with { Connection = o.Connection with { FailoverStrategy = Strategy(v) } },
        ["rabbit_login_method"] = (o, v) => o with { Connection = o.Connection with { LoginMethod = Login(v) } },
        ["direct_mandatory_flag"] = (o, v) => o with { Publishing = o.Publishing with { MandatoryReplies = Flag(v) } },
        ["kombu_missing_consumer_retry_timeout"] = (o, v) =>
            o with { Publishing = o.Publishing with { MissingReplyQueueTimeout = Seconds(v) } },
        ["rpc_reply_retry_attempts"] = (o, v) =>
            o with { Publishing = o.Publishing with { ReplyRetryAttempts = WholeOrMinusOne(v) } },
        ["kombu_compression"] = (o, v) => o with { Publishing = o.Publishing with { Compression = Compression(v) } },
        ["ssl"] = (o, v) => o with { Tls = o.Tls with { Enabled = Flag(v) } },
        ["ssl_ca_file"] = (o, v) => o with { Tls = o.Tls with { CaFile = v } },
        ["ssl_cert_file"] = (o, v) => o with { Tls = o.Tls with { CertificateFile = v } },
        ["ssl_key_file"] = (o, v) => o with { Tls = o.Tls with { KeyFile = v } },
        ["ssl_enforce_hostname_verification"] = (o, v) => o with { Tls = o.Tls with { VerifyHostName = Flag(v) } },
    };

    /// <summary>Names of older releases for the same option.</summary>
    private static readonly Dictionary<string, string> Aliases = new(StringComparer.Ordinal)
    {
        ["kombu_ssl_ca_certs"] = "ssl_ca_file",
        ["kombu_ssl_certfile"] = "ssl_cert_file",
        ["kombu_ssl_keyfile"] = "ssl_key_file",
        ["rabbit_use_ssl"] = "ssl",
        ["kombu_reconnect_timeout"] = "kombu_missing_consumer_retry_timeout",
        ["rabbit_quroum_max_memory_length"] = "rabbit_quorum_max_memory_length",
        ["rabbit_quroum_max_memory_bytes"] = "rabbit_quorum_max_memory_bytes",
    };

    /// <summary>Known to some release of oslo.messaging, and without a counterpart here: one URL serves all clients of a bus.</summary>
    private static readonly FrozenSet<string> Meaningless = new[]
    {
        // How Python keeps connections, and speaks TLS.
        "rpc_conn_pool_size", "conn_pool_min_size", "conn_pool_ttl", "heartbeat_in_pthread", "heartbeat_rate", "kombu_reconnect_splay",
        "enable_cancel_on_failover", "ssl_version", "ssl_enforce_fips_mode", "kombu_ssl_version",

        // Without effect on today's brokers, and in a URL.
        "rabbit_ha_queues", "fake_rabbit", "rabbit_max_retries",
        "rabbit_host", "rabbit_hosts", "rabbit_port", "rabbit_userid", "rabbit_password", "rabbit_virtual_host",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Those of the URL's options that change nothing here.</summary>
    public static ImmutableArray<string> IgnoredIn(TransportUrl url) => [.. url.Query.Keys.Where(Meaningless.Contains)];

    public static RabbitMqOptions Apply(RabbitMqOptions options, TransportUrl url)
    {
        foreach ((string name, string value) in url.Query)
        {
            if (Meaningless.Contains(name))
            {
                continue;
            }

            if (!Known.TryGetValue(Aliases.GetValueOrDefault(name, name), out var change))
            {
                string[] words = [.. Known.Keys.Concat(Meaningless).Order(StringComparer.Ordinal)];
                throw Invalid(url, $"the rabbit driver has no option '{name}'; {WordSuggestion.Suggest(name, words, $"it has {string.Join(", ", Known.Keys.Order(StringComparer.Ordinal))}")}");
            }

            try
            {
                options = change(options, value);
            }
            catch (FormatException error)
            {
                throw Invalid(url, $"'{name}' has the value '{value}', which is {error.Message}");
            }
        }

        return options;
    }

    private static MessagingException Invalid(TransportUrl url, string why) =>
        new(MessagingErrorReason.InvalidTransportUrl, $"The query of {url}: {why.TrimEnd('?')}{(why.EndsWith('?') ? "?" : ".")}");

    private static RabbitCompression Compression(string value) => value switch
    {
        "gzip" or "zlib" or "application/x-gzip" => RabbitCompression.Gzip,
        "bzip2" or "bzip" or "bz2" or "application/x-bz2" => RabbitCompression.Bzip2,
        _ => throw new FormatException("neither gzip nor bzip2, the compressions that can be sent"),
    };

    private static RabbitFailoverStrategy Strategy(string value) => value switch
    {
        "round-robin" => RabbitFailoverStrategy.RoundRobin,
        "shuffle" => RabbitFailoverStrategy.Shuffle,
        _ => throw new FormatException("neither round-robin nor shuffle"),
    };

    private static RabbitLoginMethod Login(string value) => value switch
    {
        "AMQPLAIN" => RabbitLoginMethod.AmqPlain,
        "PLAIN" => RabbitLoginMethod.Plain,
        "EXTERNAL" => RabbitLoginMethod.External,
        _ => throw new FormatException("none of AMQPLAIN, PLAIN, EXTERNAL"),
    };
}
