namespace Twinbus.Messaging.Wire;

/// <summary>What a message from outside may cost. Larger or deeper ones are refused with a reason, never parsed.</summary>
public sealed record InboundLimits
{
    /// <summary>Bytes of a body. Default: 64 MiB; range: 1 KiB to 512 MiB.</summary>
    public int MaxBodyBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Nesting of JSON values. Default: 128; range: 8 to 1000 (Python's own parser stops near 1000).</summary>
    public int MaxDepth { get; init; } = 128;

    internal void Validate()
    {
        if (MaxBodyBytes is < 1024 or > 512 * 1024 * 1024 || MaxDepth is < 8 or > 1000)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidOptions,
                $"Limits: MaxBodyBytes is {MaxBodyBytes} and may be 1024 to 536870912; MaxDepth is {MaxDepth} and may be 8 to 1000.");
        }
    }
}
