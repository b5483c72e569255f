using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.Notifications;

/// <summary>
/// Which notifications an endpoint hears: regular expressions that must match from the start of the text, as Python's
/// <c>re.match</c>. What is null or empty accepts all. A member that is absent or no string does not match.
/// </summary>
public sealed class NotificationFilter
{
    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(1);

    private readonly Regex? publisherId;
    private readonly Regex? eventType;
    private readonly ImmutableArray<(string Name, Regex Pattern)> context;
    private readonly ImmutableArray<(string Name, Regex Pattern)> metadata;
    private readonly ImmutableArray<(string Name, Regex Pattern)> payload;

    /// <summary>Makes a filter.</summary>
    /// <param name="publisherId">Pattern of the publisher.</param>
    /// <param name="eventType">Pattern of the event type.</param>
    /// <param name="context">Patterns of context entries by name.</param>
    /// <param name="metadata">Patterns of <c>message_id</c> and <c>timestamp</c>.</param>
    /// <param name="payload">Patterns of the payload's members by name.</param>
    public NotificationFilter(
        string? publisherId = null,
        string? eventType = null,
        IReadOnlyDictionary<string, string>? context = null,
        IReadOnlyDictionary<string, string>? metadata = null,
        IReadOnlyDictionary<string, string>? payload = null)
    {
        this.publisherId = publisherId is null ? null : Pattern(publisherId);
        this.eventType = eventType is null ? null : Pattern(eventType);
        this.context = Patterns(context);
        this.metadata = Patterns(metadata);
        this.payload = Patterns(payload);
    }

    /// <summary>Whether the notification passes.</summary>
    public bool Matches(ReceivedNotification notification)
    {
        ArgumentNullException.ThrowIfNull(notification);
        return (publisherId is null || IsMatch(publisherId, notification.Fields.PublisherId))
            && (eventType is null || IsMatch(eventType, notification.Fields.EventType))
            && context.All(rule => notification.Context.TryGetValue(rule.Name, out JsonElement entry) && IsMatch(rule.Pattern, Text(entry)))
            && metadata.All(rule => IsMatch(rule.Pattern, Metadata(notification, rule.Name)))
            && (payload.IsEmpty || PayloadMatches(notification.ReadPayload()));
    }

    private bool PayloadMatches(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object && payload.All(rule =>
            value.TryGetProperty(rule.Name, out JsonElement member)
            && IsMatch(rule.Pattern, Text(member)));

    private static string? Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? JsonText.Of(value) : null;

    private static string? Metadata(ReceivedNotification notification, string name) => name switch
    {
        "message_id" => notification.Fields.MessageId,
        "timestamp" => notification.Fields.Timestamp,
        _ => null,
    };

    private static bool IsMatch(Regex pattern, string? text) => text is not null && pattern.IsMatch(text);

    // A sender chooses the text, so matching must not be able to take for ever. Only patterns that look around or back need
    // the engine that can, and that one has a time limit.
    private static Regex Pattern(string pattern)
    {
        string anchored = $@"\A(?:{pattern})";
        try
        {
            return new Regex(anchored, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, MatchTimeout);
        }
        catch (NotSupportedException)
        {
            return new Regex(anchored, RegexOptions.CultureInvariant, MatchTimeout);
        }
    }

    private static ImmutableArray<(string Name, Regex Pattern)> Patterns(IReadOnlyDictionary<string, string>? patterns) =>
        patterns is null ? [] : [.. patterns.Select(rule => (rule.Key, Pattern(rule.Value)))];
}
