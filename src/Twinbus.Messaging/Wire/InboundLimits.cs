namespace Twinbus.Messaging.Wire;

/// <summary>
/// What a message may cost. One from outside that is beyond is refused with a reason, never parsed; one of our own is refused to
/// its sender. Both ends should have the same.
/// </summary>
public sealed record InboundLimits
{
    /// <summary>Bytes of a body, decompressed. Default: 64 MiB; range: 1 KiB to 512 MiB.</summary>
    public int MaxBodyBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Nesting of JSON values. Default: 128; range: 8 to 1000 (Python's own parser stops near 1000).</summary>
    public int MaxDepth { get; init; } = 128;

    /// <summary>Members of the request context. Default: 1,000; range: 16 to 65536. A dozen is usual.</summary>
    public int MaxContextEntries { get; init; } = 1000;

    internal void Validate()
    {
        if (MaxBodyBytes is < 1024 or > 512 * 1024 * 1024 || MaxDepth is < 8 or > 1000 || MaxContextEntries is < 16 or > 65_536)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidOptions,
                $"Limits: MaxBodyBytes is {MaxBodyBytes} and may be 1024 to 536870912; MaxDepth is {MaxDepth} and may be 8 to 1000; "
                + $"MaxContextEntries is {MaxContextEntries} and may be 16 to 65536.");
        }
    }
}
