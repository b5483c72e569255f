using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using Twinbus.Cli.Rendering;
using Twinbus.Messaging;
using Twinbus.Messaging.Notifications;

namespace Twinbus.Cli.Buses;

/// <summary>Prints notifications, one JSON object a line, and says when enough have been printed.</summary>
internal sealed class NotificationLines(TextWriter output, long? wanted)
{
    private readonly TaskCompletionSource enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock gate = new();
    private long printed;

    /// <summary>Completes with the last one that was wanted; never when all are.</summary>
    public Task Enough => enough.Task;

    /// <summary>Takes every priority. What comes after enough goes back to where it came from.</summary>
    public NotificationEndpoint Endpoint()
    {
        NotificationEndpoint endpoint = new();
        foreach (NotificationPriority priority in Enum.GetValues<NotificationPriority>())
        {
            endpoint.On(priority, (notification, _) => ValueTask.FromResult(Print(notification)));
        }

        return endpoint;
    }

    private NotificationResult Print(ReceivedNotification notification)
    {
        lock (gate)
        {
            if (printed == wanted)
            {
                return NotificationResult.Requeue;
            }

            output.WriteLine(Line(notification));
            if (++printed == wanted)
            {
                enough.SetResult();
            }

            return NotificationResult.Handled;
        }
    }

    private static string Line(ReceivedNotification notification)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("priority"u8, notification.Priority.QueueName());
            writer.WriteString("event_type"u8, notification.EventType);
            writer.WriteString("publisher_id"u8, notification.PublisherId);
            writer.WritePropertyName("payload"u8);
            writer.WriteRawValue(notification.PayloadUtf8.Span, skipInputValidation: true);
            writer.WriteStartObject("context"u8);
            foreach ((string name, JsonElement value) in notification.Context)
            {
                writer.WritePropertyName(name);
                writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);
            }

            writer.WriteEndObject();
            writer.WriteStartObject("metadata"u8);
            writer.WriteString("message_id"u8, notification.MessageId);
            writer.WriteString("timestamp"u8, notification.Timestamp);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return MessageJson.Line(buffer.WrittenSpan);
    }
}
