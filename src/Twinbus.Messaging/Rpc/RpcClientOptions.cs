namespace Twinbus.Messaging.Rpc;

/// <summary>What a client's calls have in common, or one call's own; see <see cref="RpcClient.Prepare"/>.</summary>
public sealed record RpcClientOptions
{
    /// <summary>How long a call waits for its end. Null: the transport's response timeout. Positive, at most a day.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>
    /// Whole seconds, at least 2: the server tells every half of it that it is still at work, and the call ends when
    /// nothing is heard for this long. For long calls: a long <see cref="Timeout"/> with a short monitor. Null: off.
    /// </summary>
    public int? CallMonitorTimeout { get; init; }

    /// <summary>How often sending is tried again while the bus is away: null or -1 until the timeout, 0 never, n times.</summary>
    public int? Retry { get; init; }

    /// <summary>
    /// True: a call whose connection is lost before the bus confirmed the request ends at once as
    /// <see cref="MessagingErrorReason.Unconfirmed"/>; the method may have run. False: it waits for its reply, which comes when the
    /// request had arrived, until its deadline. Default: false.
    /// </summary>
    public bool FailWhenUnconfirmed { get; init; }

    /// <summary>The highest version that may be sent. Null: any.</summary>
    public string? VersionCap { get; init; }

    /// <summary>True: <see cref="MessageUndeliverableException"/> when no queue takes the request. Default: false.</summary>
    public bool Mandatory { get; init; }

    /// <summary>A hook for arguments, results and context. Null: plain JSON.</summary>
    public MessageSerializer? Serializer { get; init; }

    internal void Validate()
    {
        if (Timeout is { } timeout && (timeout <= TimeSpan.Zero || timeout > TimeSpan.FromDays(1)))
        {
            throw Invalid($"Timeout is {timeout} and must be positive and at most one day");
        }

        if (CallMonitorTimeout is < 2)
        {
            throw Invalid($"CallMonitorTimeout is {CallMonitorTimeout} and must be at least 2 seconds, or a server sends no heartbeats");
        }

        if (Retry is < -1)
        {
            throw Invalid($"Retry is {Retry} and must be -1 (without end), 0 (never) or a number of attempts");
        }

        RpcVersion.Require(VersionCap, "version cap");
    }

    private static MessagingException Invalid(string why) =>
        new(MessagingErrorReason.InvalidOptions, $"RPC client options: {why}.");
}
