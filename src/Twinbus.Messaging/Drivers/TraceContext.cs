using System.Diagnostics;

namespace Twinbus.Messaging.Drivers;

/// <summary>
/// Which trace a message belongs to, in W3C's form. A driver carries it beside the message, where peers that know nothing of it
/// overlook it: AMQP 0-9-1 in the headers, AMQP 1.0 in the application properties, Kafka in the record's headers.
/// </summary>
/// <param name="Parent">The <c>traceparent</c>; null for none.</param>
/// <param name="State">The <c>tracestate</c>; null for none.</param>
public readonly record struct TraceContext(string? Parent, string? State = null)
{
    /// <summary>The names that W3C gives the two, for drivers whose wire has names.</summary>
    public const string ParentName = "traceparent";

    /// <summary>As <see cref="ParentName"/>.</summary>
    public const string StateName = "tracestate";

    // W3C asks for room for so many; more is somebody else's.
    private const int LongestState = 512;
    private const int ParentLength = 55;

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => Parent is null;

    /// <summary>The context to send along: of the span that is current.</summary>
    internal static TraceContext Current =>
        Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } id } activity ? new(id, activity.TraceStateString) : default;

    /// <summary>The context that a message brought; of what is not in W3C's form, nothing.</summary>
    internal ActivityContext ToActivityContext() =>
        Parent is { Length: ParentLength } && ActivityContext.TryParse(Parent, State is { Length: > LongestState } ? null : State, isRemote: true, out ActivityContext context)
            ? context
            : default;
}
