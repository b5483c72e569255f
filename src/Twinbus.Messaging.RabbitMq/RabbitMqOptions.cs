namespace Twinbus.Messaging.RabbitMq;

/// <summary>
/// How the rabbit driver behaves: <c>[oslo_messaging_rabbit]</c> of the original, by concern. Each property names its
/// option there; a transport URL's query may override those (<c>?rabbit_quorum_queue=true</c>).
/// </summary>
public sealed record RabbitMqOptions
{
    /// <summary>Reaching a broker and coming back to it.</summary>
    public RabbitConnectionOptions Connection { get; init; } = new();

    /// <summary>Encryption.</summary>
    public RabbitTlsOptions Tls { get; init; } = new();

    /// <summary>What exchanges and queues are declared like. All services on a bus must agree.</summary>
    public RabbitQueueOptions Queues { get; init; } = new();

    /// <summary>Sending.</summary>
    public RabbitPublishOptions Publishing { get; init; } = new();

    /// <summary>
    /// Messages that the broker may send ahead of acknowledgements to one listener (<c>rabbit_qos_prefetch_count</c>).
    /// 0: without limit, as the original by default. Default: 256; range: 0 to 65535.
    /// </summary>
    public int Prefetch { get; init; } = 256;

    internal void Validate()
    {
        if (Prefetch is < 0 or > ushort.MaxValue)
        {
            throw Invalid($"Prefetch is {Prefetch} and may be 0 to 65535");
        }

        Connection.Validate();
        Publishing.Validate();
        Queues.Validate(Prefetch);
        Tls.Validate();
    }

    internal static MessagingException Invalid(string why) =>
        new(MessagingErrorReason.InvalidOptions, $"RabbitMQ options: {why}.");
}

/// <summary>How a user proves who it is.</summary>
public enum RabbitLoginMethod
{
    /// <summary>User and password in an AMQP table; the original's default.</summary>
    AmqPlain,

    /// <summary>User and password, SASL PLAIN.</summary>
    Plain,

    /// <summary>By the TLS client certificate.</summary>
    External,
}

/// <summary>In which order the hosts of a URL are tried.</summary>
public enum RabbitFailoverStrategy
{
    /// <summary>From a random one on, in the order of the URL, and again.</summary>
    RoundRobin,

    /// <summary>In random order.</summary>
    Shuffle,
}

/// <summary>Reaching a broker and coming back to it.</summary>
public sealed record RabbitConnectionOptions
{
    /// <summary>How long one host may take to answer. Default: 10 s; positive.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a peer may be silent (<c>heartbeat_timeout_threshold</c>); zero: for ever. It is agreed with the broker, which ends a
    /// connection whose client is silent for longer. <see cref="SilenceTimeout"/> notices a silent broker sooner. Default: 60 s.
    /// </summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long a host may say nothing at all, although it is asked, before its connection is given up and the next host is used: it
    /// is frozen, or the network is cut. Noticed within a third more. Never longer than <see cref="Heartbeat"/>; zero: only heartbeats
    /// count, which takes two to three times <see cref="Heartbeat"/>. Default: 15 s.
    /// </summary>
    public TimeSpan SilenceTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The first wait when every host has failed (<c>rabbit_retry_interval</c>). Default: 1 s.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How much longer each further wait is (<c>rabbit_retry_backoff</c>). Default: 2 s.</summary>
    public TimeSpan RetryBackoff { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest wait (<c>rabbit_interval_max</c>). Default: 30 s.</summary>
    public TimeSpan RetryIntervalMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The wait before the first attempt after a loss (<c>kombu_reconnect_delay</c>), shortened at random so that not all
    /// clients come back in one moment. Default: 1 s.
    /// </summary>
    public TimeSpan ReconnectDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>In which order hosts are tried (<c>kombu_failover_strategy</c>). Default: round-robin.</summary>
    public RabbitFailoverStrategy FailoverStrategy { get; init; }

    /// <summary>How we log in (<c>rabbit_login_method</c>). Default: AMQPLAIN.</summary>
    public RabbitLoginMethod LoginMethod { get; init; }

    internal TimeSpan EffectiveSilence => SilenceTimeout < Heartbeat ? SilenceTimeout : Heartbeat;

    internal void Validate()
    {
        if (ConnectTimeout <= TimeSpan.Zero || Heartbeat < TimeSpan.Zero || SilenceTimeout < TimeSpan.Zero || RetryInterval < TimeSpan.Zero
            || RetryBackoff < TimeSpan.Zero || RetryIntervalMax < RetryInterval || ReconnectDelay < TimeSpan.Zero)
        {
            throw RabbitMqOptions.Invalid(
                "ConnectTimeout must be positive, no other time negative, and RetryIntervalMax at least RetryInterval");
        }
    }
}

/// <summary>What may be sent a second time when a connection broke between the sending and its confirmation.</summary>
public enum RabbitResend
{
    /// <summary>Nothing: the sender gets <see cref="MessagingErrorReason.Unconfirmed"/>; a call waits for its reply.</summary>
    Never,

    /// <summary>Notifications: a listener may hear one twice, unless it recognises the second.</summary>
    Notifications,

    /// <summary>Requests too: a method may run twice on different servers.</summary>
    Everything,
}

/// <summary>How bodies are compressed on the wire.</summary>
public enum RabbitCompression
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>zlib, which the original calls <c>gzip</c>; every peer can read it.</summary>
    Gzip,

    /// <summary>bzip2: smaller, and several times slower.</summary>
    Bzip2,
}

/// <summary>Sending.</summary>
public sealed record RabbitPublishOptions
{
    /// <summary>What is sent again when it is not known whether it arrived. Default: nothing.</summary>
    public RabbitResend ResendUnconfirmed { get; init; }

    /// <summary>
    /// How long a cast or a notification waits for its confirmation once written; then it has failed as unconfirmed.
    /// Default: 60 s; positive.
    /// </summary>
    public TimeSpan ConfirmTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long a broker may confirm nothing at all while messages wait for it, and it has not said that it takes none for
    /// now; then its connection is given up, what was written to it has failed as unconfirmed, and the next host is used. A
    /// node that was cut off from its cluster can be like that after the cut. Default: 20 s; positive.
    /// </summary>
    public TimeSpan StalledTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How often a server tries again to connect, or to send once more, when a reply could not be sent for want of a
    /// connection (<c>rpc_reply_retry_attempts</c>). -1: without end; 0: never. Default: -1.
    /// </summary>
    public int ReplyRetryAttempts { get; init; } = -1;

    /// <summary>
    /// How bodies are compressed (<c>kombu_compression</c>). Compressed messages are read whatever this says. Default: not
    /// at all.
    /// </summary>
    public RabbitCompression Compression { get; init; }

    /// <summary>A reply without a queue is noticed and tried again (<c>direct_mandatory_flag</c>). Default: true.</summary>
    public bool MandatoryReplies { get; init; } = true;

    /// <summary>
    /// How long a reply is tried again while its queue is missing (<c>kombu_missing_consumer_retry_timeout</c>): its client
    /// may be coming back. Default: 60 s.
    /// </summary>
    public TimeSpan MissingReplyQueueTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Also receive replies of servers up to oslo.messaging 9.1, which send them to an exchange named as the reply queue.
    /// Default: false.
    /// </summary>
    public bool LegacyReplyExchange { get; init; }

    /// <summary>Messages that may wait for the bus to come back. Default: 65,536; at least 1.</summary>
    public int MaxWaiting { get; init; } = 65_536;

    /// <summary>
    /// Bytes of messages that may wait to be sent or confirmed, with about half a kibibyte for each message beside its body; what
    /// comes on top has failed as <see cref="MessagingErrorReason.PublisherBlocked"/>. One message alone may be larger. Default:
    /// 512 MiB; at least 1.
    /// </summary>
    public long MaxWaitingBytes { get; init; } = 512L << 20;

    internal void Validate()
    {
        if (ReplyRetryAttempts < -1)
        {
            throw RabbitMqOptions.Invalid(
                $"ReplyRetryAttempts is {ReplyRetryAttempts} and must be -1 (without end), 0 (never) or a number of attempts");
        }

        if (ConfirmTimeout <= TimeSpan.Zero || StalledTimeout <= TimeSpan.Zero || MissingReplyQueueTimeout < TimeSpan.Zero || MaxWaiting < 1
            || MaxWaitingBytes < 1)
        {
            throw RabbitMqOptions.Invalid(
                "ConfirmTimeout and StalledTimeout must be positive, MissingReplyQueueTimeout not negative, MaxWaiting and MaxWaitingBytes at least 1");
        }
    }
}
