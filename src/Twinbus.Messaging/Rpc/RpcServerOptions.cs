namespace Twinbus.Messaging.Rpc;

/// <summary>How a server runs.</summary>
public sealed record RpcServerOptions
{
    /// <summary>Requests that run at once (<c>executor_thread_pool_size</c>). Default: 64; range: 1 to 65536.</summary>
    public int MaxConcurrency { get; init; } = 64;

    /// <summary>How long stopping waits for what runs before it cancels it. Default: 60 s.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Answers <c>oslo_rpc_server_ping</c> with <c>pong</c> (<c>rpc_ping_enabled</c>). Default: false.</summary>
    public bool PingEnabled { get; init; }

    /// <summary>
    /// Starts each method on the receiving thread, which saves a hop between threads. Only for methods that never block:
    /// one that blocks holds up all others. Default: false, each method starts on the thread pool.
    /// </summary>
    public bool StartInline { get; init; }

    /// <summary>Sends the server's stack trace with a failure, as the original does. Default: true.</summary>
    public bool SendTraceback { get; init; } = true;

    /// <summary>
    /// Answers a request that was delivered before with a failure that says that it may have run, instead of running it; a cast is
    /// dropped with a log line. For methods that must never run twice. It also refuses what another server only held when it stopped
    /// or died, since a broker marks both alike. Default: false, it runs.
    /// </summary>
    public bool RefuseRedelivered { get; init; }

    /// <summary>A hook for arguments, results and context. Null: plain JSON.</summary>
    public MessageSerializer? Serializer { get; init; }

    internal void Validate()
    {
        if (MaxConcurrency is < 1 or > 65536 || StopTimeout < TimeSpan.Zero)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidOptions,
                $"RPC server options: MaxConcurrency is {MaxConcurrency} and may be 1 to 65536; StopTimeout is {StopTimeout} "
                + "and may not be negative.");
        }
    }
}
