using System.Text.Json;

namespace Twinbus.Messaging.Wire;

/// <summary>
/// Writes what is sent, for every driver: the message, the envelope around it, and a refusal of what a peer with the same
/// limits would refuse unread, so that its sender knows.
/// </summary>
public static class OutgoingMessage
{
    /// <summary>The body, in a buffer that the caller disposes.</summary>
    /// <param name="state">For <paramref name="write"/>.</param>
    /// <param name="write">Writes the message without its envelope, one JSON object.</param>
    /// <param name="enveloped">Whether the 2.0 envelope goes around it.</param>
    /// <param name="contextEntries">Members of the request context that it writes.</param>
    /// <param name="limits">What may be sent: what may come in at the other end.</param>
    /// <param name="what">What is sent, for the error: <c>call of</c>, <c>notification</c>.</param>
    /// <param name="name">Its name, for the error.</param>
    /// <exception cref="MessageDeliveryException">It is beyond a limit (<see cref="MessagingErrorReason.BeyondLimits"/>).</exception>
    public static PooledBuffer Write<TState>(
        TState state,
        Action<TState, Utf8JsonWriter> write,
        bool enveloped,
        int contextEntries,
        InboundLimits limits,
        string what,
        string name)
    {
        ArgumentNullException.ThrowIfNull(write);
        ArgumentNullException.ThrowIfNull(limits);
        if (contextEntries > limits.MaxContextEntries)
        {
            throw Refused(what, name, $"its context has {contextEntries} entries", "MaxContextEntries", limits.MaxContextEntries);
        }

        PooledBuffer message = PooledBuffer.Rent();
        PooledBuffer? body = null;
        try
        {
            Utf8JsonWriter writer = message.BeginJson();
            Write(state, write, writer, limits, what, name);
            if (IsTooDeep(message.WrittenSpan, limits.MaxDepth))
            {
                throw Refused(what, name, "its values are nested deeper", "MaxDepth", limits.MaxDepth);
            }

            if (enveloped)
            {
                body = PooledBuffer.Rent(message.WrittenSpan.Length + (message.WrittenSpan.Length / 4) + 64);
                OsloEnvelope.Write(body, message.WrittenSpan);
                message.Dispose();
                message = body;
                body = null;
            }

            int length = message.WrittenSpan.Length;
            return length <= limits.MaxBodyBytes ? message : throw Refused(what, name, $"it has {length} bytes", "MaxBodyBytes", limits.MaxBodyBytes);
        }
        catch
        {
            body?.Dispose();
            message.Dispose();
            throw;
        }
    }

    private static void Write<TState>(
        TState state, Action<TState, Utf8JsonWriter> write, Utf8JsonWriter writer, InboundLimits limits, string what, string name)
    {
        try
        {
            write(state, writer);
        }
        catch (InvalidOperationException) when (writer.CurrentDepth >= PooledBuffer.MaxWrittenDepth)
        {
            throw Refused(what, name, "its values are nested deeper", "MaxDepth", limits.MaxDepth);
        }
    }

    // No message is deeper than it has opening brackets, and few have so many: the walk is for those.
    private static bool IsTooDeep(ReadOnlySpan<byte> message, int limit)
    {
        if (message.Length <= limit || Brackets(message) <= limit)
        {
            return false;
        }

        int depth = 0;
        for (int i = 0; i < message.Length; i++)
        {
            switch (message[i])
            {
                case (byte)'"':
                    i = PythonJson.EndOfString(message, i) - 1;
                    break;
                case (byte)'{' or (byte)'[':
                    if (++depth > limit)
                    {
                        return true;
                    }

                    break;
                case (byte)'}' or (byte)']':
                    depth--;
                    break;
            }
        }

        return false;
    }

    private static int Brackets(ReadOnlySpan<byte> message) => message.Count((byte)'{') + message.Count((byte)'[');

    private static MessageDeliveryException Refused(string what, string name, string why, string option, int limit) => new(
        MessagingErrorReason.BeyondLimits,
        $"The {what} '{MessageText.Name(name)}' was not sent: {why}, and the limit is {limit} (Limits.{option}). Peers refuse what is "
        + "beyond it unread: send less, or raise the limit at both ends.");
}
