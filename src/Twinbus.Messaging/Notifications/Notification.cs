using System.Globalization;

namespace Twinbus.Messaging.Notifications;

/// <summary>A notification to send: something happened. Drivers get it complete, whatever bus they are on.</summary>
public sealed record Notification
{
    /// <summary>The request context in which it happened.</summary>
    public MessageContext Context { get; init; } = MessageContext.Empty;

    /// <summary>The priority; it chooses the queue.</summary>
    public required NotificationPriority Priority { get; init; }

    /// <summary>Who publishes, by custom <c>service.host</c>.</summary>
    public required string PublisherId { get; init; }

    /// <summary>What happened, such as <c>compute.instance.create.end</c>.</summary>
    public required string EventType { get; init; }

    /// <summary>The details, any JSON value.</summary>
    public Payload Payload { get; init; }

    /// <summary>A UUID with dashes.</summary>
    public required string MessageId { get; init; }

    /// <summary>When it happened, UTC.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The timestamp as the original writes it: a space, no zone, no fraction when that is 0.</summary>
    public string TimestampText
    {
        get
        {
            // The round-trip form is the fast one to format: 2026-11-22T15:17:06.4255830.
            Span<char> text = stackalloc char[32];
            DateTime utc = Timestamp.UtcDateTime;
            utc.TryFormat(text, out _, "O", CultureInfo.InvariantCulture);
            text[10] = ' ';
            bool whole = utc.Ticks % TimeSpan.TicksPerSecond < TimeSpan.TicksPerMicrosecond;
            return new string(text[..(whole ? 19 : 26)]);
        }
    }
}
