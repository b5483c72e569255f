using System.Text.Json;

namespace Twinbus.Messaging.Wire;

/// <summary>
/// A reply as it stands on the wire: <c>result, failure, ending, _msg_id, _unique_id</c>. The result is a slice of the
/// message's buffer.
/// </summary>
public readonly record struct RpcReplyFields
{
    /// <summary>The id of the call that this answers; null when it is absent.</summary>
    public MessageId? CallId { get; private init; }

    /// <summary>The result, one JSON value; empty when it is absent.</summary>
    public ReadOnlyMemory<byte> Result { get; private init; }

    /// <summary>The failure, a JSON text of its own; null for success.</summary>
    public string? Failure { get; private init; }

    /// <summary>Whether the call ends with this reply. A heartbeat does not end it.</summary>
    public bool Ending { get; private init; }

    /// <summary>Reads a reply, without its envelope.</summary>
    /// <exception cref="MalformedMessageException">It is no JSON object, or a member has the wrong type.</exception>
    public static RpcReplyFields Read(ReadOnlyMemory<byte> message, InboundLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        try
        {
            return ReadUnchecked(message, limits);
        }
        catch (JsonException error)
        {
            throw new MalformedMessageException($"the reply is no JSON within the limits ({error.Message.TrimEnd('.')})", error);
        }
    }

    /// <summary>Writes a reply, without its envelope.</summary>
    public static void Write(
        Utf8JsonWriter writer, in Payload result, string? failure, bool ending, string callId, MessageId uniqueId)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WritePropertyName("result"u8);
        result.WriteTo(writer);
        writer.WriteString("failure"u8, failure);
        writer.WriteBoolean("ending"u8, ending);
        writer.WriteString("_msg_id"u8, callId);
        JsonFields.WriteId(writer, "_unique_id"u8, uniqueId);
        writer.WriteEndObject();
        writer.Flush();
    }

    private static RpcReplyFields ReadUnchecked(ReadOnlyMemory<byte> message, InboundLimits limits)
    {
        var reader = JsonFields.Open(message, limits, "reply");
        MessageId? callId = null;
        ReadOnlyMemory<byte> result = default;
        string? failure = null;
        bool ending = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonFields.Is(ref reader, "result"u8))
            {
                result = JsonFields.Slice(ref reader, message);
            }
            else if (JsonFields.Is(ref reader, "failure"u8))
            {
                failure = JsonFields.Text(ref reader, message);
            }
            else if (JsonFields.Is(ref reader, "ending"u8))
            {
                ending = reader.TokenType == JsonTokenType.True;
            }
            else if (JsonFields.Is(ref reader, "_msg_id"u8))
            {
                callId = JsonFields.Id(ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return new RpcReplyFields { CallId = callId, Result = result, Failure = failure, Ending = ending };
    }
}
