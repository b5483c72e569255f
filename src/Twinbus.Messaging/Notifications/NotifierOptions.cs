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

    /// <summary>
    /// The entries of the request context that are sent; others, such as tokens and passwords, stay here. A custom serializer sees
    /// these only. Default: <see cref="SafeContextKeys"/>, as the original up to 14.6; later releases send none of a plain
    /// dictionary, which is an empty list here. Null: all.
    /// </summary>
    public ImmutableArray<string>? ContextKeys { get; init; } = SafeContextKeys;

    /// <summary>Who asked, for what project, in which request: what the original lets out to a notification bus.</summary>
    public static ImmutableArray<string> SafeContextKeys { get; } =
    [
        "user_id", "project_id", "domain_id", "user_domain_id", "project_domain_id", "is_admin", "request_id", "roles", "user_name",
        "project_name", "domain_name", "user_domain_name", "project_domain_name", "service_user_id", "service_user_domain_id",
        "service_user_domain_name", "service_project_id", "service_project_name", "service_project_domain_id",
        "service_project_domain_name", "service_roles", "global_request_id", "system_scope", "user", "domain", "user_domain",
        "project_domain",
    ];

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
