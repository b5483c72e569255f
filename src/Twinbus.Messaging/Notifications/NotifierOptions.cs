using System.Collections.Immutable;

namespace Twinbus.Messaging.Notifications;

/// <summary>How a notifier sends to a bus.</summary>
public sealed record NotifierOptions
{
    /// <summary>One message is sent for each. Default: <c>notifications</c>.</summary>
    public ImmutableArray<string> Topics { get; init; } = ["notifications"];

    /// <summary>The exchange. Null: the transport's control exchange.</summary>
    public string? Exchange { get; init; }

    /// <summary>True: <c>messagingv2</c>, in the 2.0 envelope. False: <c>messaging</c>, bare. Default: true.</summary>
    public bool Enveloped { get; init; } = true;

    /// <summary>How often sending is tried again while the bus is away: null or -1 without end, 0 never, n times.</summary>
    public int? Retry { get; init; }

    /// <summary>A hook for payload and context. Null: plain JSON.</summary>
    public MessageSerializer? Serializer { get; init; }

    internal void Validate()
    {
        if (Topics.IsDefaultOrEmpty || Topics.Any(string.IsNullOrEmpty) || Retry is < -1)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidOptions,
                "Notifier options: there must be at least one topic, none may be empty, and Retry must be at least -1.");
        }
    }
}
