using System.Text.Json;

namespace Twinbus.Messaging.Wire;

/// <summary>
/// An RPC request as it stands on the wire:
/// <c>method, args[, namespace][, version][, _msg_id, _reply_q, _timeout], _unique_id, _context_*</c>.
/// Values are slices of the message's buffer and live as long as it does.
/// </summary>
public readonly record struct RpcRequestFields
{
    /// <summary>The method; empty when the request names none.</summary>
    public string Method { get; private init; }

    /// <summary>The namespace; null for the one without a name.</summary>
    public string? Namespace { get; private init; }

    /// <summary>The version; <c>1.0</c> when the request names none.</summary>
    public string Version { get; private init; }

    /// <summary>The arguments, a JSON object; <c>{}</c> when the request has none.</summary>
    public ReadOnlyMemory<byte> Arguments { get; private init; }

    /// <summary>The call's id; null for a cast.</summary>
    public string? CallId { get; private init; }

    /// <summary>The queue that waits for the reply; null for a cast.</summary>
    public string? ReplyQueue { get; private init; }

    /// <summary>The client's call monitor timeout in seconds; null when it wants no heartbeats.</summary>
    public int? CallMonitorTimeout { get; private init; }

    /// <summary>Recognises a second delivery; null when the sender gave none.</summary>
    public MessageId? UniqueId { get; private init; }

    /// <summary>Whether there are any <c>_context_</c> members.</summary>
    public bool HasContext { get; private init; }

    /// <summary>Reads a request, without its envelope.</summary>
    /// <exception cref="MalformedMessageException">It is no JSON object, or a member has the wrong type.</exception>
    public static RpcRequestFields Read(ReadOnlyMemory<byte> message, InboundLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        try
        {
            return ReadUnchecked(message, limits);
        }
        catch (JsonException error)
        {
            throw new MalformedMessageException($"the request is no JSON within the limits ({error.Message.TrimEnd('.')})", error);
        }
    }

    private static RpcRequestFields ReadUnchecked(ReadOnlyMemory<byte> message, InboundLimits limits)
    {
        var reader = JsonFields.Open(message, limits, "request");
        string method = "";
        string? space = null;
        string? version = null;
        string? callId = null;
        string? replyQueue = null;
        int? timeout = null;
        MessageId? uniqueId = null;
        ReadOnlyMemory<byte> arguments = default;
        int contextEntries = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonFields.IsContext(ref reader))
            {
                contextEntries = JsonFields.CountContext(contextEntries, limits);
                reader.Skip();
            }
            else if (JsonFields.Is(ref reader, "args"u8))
            {
                arguments = JsonFields.Slice(ref reader, message);
            }
            else if (JsonFields.Is(ref reader, "method"u8))
            {
                method = JsonFields.Text(ref reader, message) ?? "";
            }
            else if (JsonFields.Is(ref reader, "_msg_id"u8))
            {
                callId = JsonFields.Text(ref reader, message);
            }
            else if (JsonFields.Is(ref reader, "_reply_q"u8))
            {
                replyQueue = JsonFields.Text(ref reader, message);
            }
            else if (JsonFields.Is(ref reader, "_unique_id"u8))
            {
                uniqueId = JsonFields.Id(ref reader);
            }
            else if (JsonFields.Is(ref reader, "_timeout"u8))
            {
                timeout = JsonFields.Seconds(ref reader);
            }
            else if (JsonFields.Is(ref reader, "version"u8))
            {
                version = JsonFields.Text(ref reader, message);
            }
            else if (JsonFields.Is(ref reader, "namespace"u8))
            {
                space = JsonFields.Text(ref reader, message);
            }
            else
            {
                reader.Skip();
            }
        }

        return new RpcRequestFields
        {
            Method = method,
            Namespace = space,
            Version = version ?? "1.0",
            Arguments = arguments.IsEmpty ? EmptyObject : arguments,
            CallId = callId,
            ReplyQueue = replyQueue,
            CallMonitorTimeout = timeout,
            UniqueId = uniqueId,
            HasContext = contextEntries > 0,
        };
    }

    private static readonly ReadOnlyMemory<byte> EmptyObject = "{}"u8.ToArray();
}
