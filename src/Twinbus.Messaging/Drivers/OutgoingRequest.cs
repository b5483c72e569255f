using System.Text.Json;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.Drivers;

/// <summary>A call or a cast on its way out, before the driver adds what its own wire needs.</summary>
public sealed class OutgoingRequest
{
    /// <summary>Where to; has a topic.</summary>
    public required Target Target { get; init; }

    /// <summary>The method's name on the wire.</summary>
    public required string Method { get; init; }

    /// <summary>The arguments, a JSON object.</summary>
    public Payload Arguments { get; init; }

    /// <summary>The request context.</summary>
    public MessageContext Context { get; init; } = MessageContext.Empty;

    /// <summary>How long a call waits for its end.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>How long a call waits between two heartbeats of its server, whole seconds; null: no heartbeats wanted.</summary>
    public int? CallMonitorTimeout { get; init; }

    /// <summary>The trace that the sender belongs to, for the driver to carry along.</summary>
    public TraceContext Trace { get; internal set; }

    /// <summary>How often sending is tried again: null or -1 until the deadline, 0 never, n times.</summary>
    public int? Retry { get; init; }

    /// <summary>
    /// True: a call ends as <see cref="MessagingErrorReason.Unconfirmed"/> when its connection is lost before the bus confirmed
    /// the request. False: it waits for the reply until its deadline.
    /// </summary>
    public bool FailWhenUnconfirmed { get; init; }

    /// <summary>True: an error when no queue takes it (<c>at_least_once</c> of the original).</summary>
    public bool Mandatory { get; init; }

    /// <summary>Writes <c>method, args[, namespace][, version]</c> into the object that the writer stands in.</summary>
    public void WriteMembers(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteString("method"u8, Method);
        writer.WritePropertyName("args"u8);
        Arguments.WriteTo(writer);
        if (Target.Namespace is { } space)
        {
            writer.WriteString("namespace"u8, space);
        }

        if (Target.Version is { } version)
        {
            writer.WriteString("version"u8, version);
        }
    }

    /// <summary>Writes the whole message as rabbit has it, without the envelope.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="callId">The call's id; null for a cast.</param>
    /// <param name="replyQueue">The queue that waits for the reply; null for a cast.</param>
    /// <param name="uniqueId">Recognises a second delivery.</param>
    public void Write(Utf8JsonWriter writer, MessageId? callId, string? replyQueue, MessageId uniqueId)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        WriteMembers(writer);
        if (callId is { } id)
        {
            JsonFields.WriteId(writer, "_msg_id"u8, id);
            writer.WriteString("_reply_q"u8, replyQueue);
            writer.WritePropertyName("_timeout"u8);
            if (CallMonitorTimeout is { } seconds)
            {
                writer.WriteNumberValue(seconds);
            }
            else
            {
                writer.WriteNullValue();
            }
        }

        JsonFields.WriteId(writer, "_unique_id"u8, uniqueId);
        JsonFields.WriteContext(writer, Context);
        writer.WriteEndObject();
        writer.Flush();
    }
}
