using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Twinbus.Messaging.Diagnostics;
using Twinbus.Messaging.Drivers;

namespace Twinbus.Messaging.Notifications;

/// <summary>Where a notifier's notifications go: <c>[oslo_messaging_notifications] driver</c> of the original.</summary>
public interface INotificationDriver
{
    /// <summary>Sends one; completes when it is safe with whoever takes it.</summary>
    ValueTask NotifyAsync(Notification notification, CancellationToken cancellationToken);
}

/// <summary>Sends to a bus, one message for each topic: <c>messagingv2</c> (with the 2.0 envelope) or <c>messaging</c>.</summary>
public sealed class MessagingNotificationDriver : INotificationDriver
{
    private readonly Transport transport;
    private readonly NotifierOptions options;
    private readonly FrozenSet<string>? contextKeys;

    /// <summary>Sends through <paramref name="transport"/>, which must outlive it.</summary>
    public MessagingNotificationDriver(Transport transport, NotifierOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(transport);
        this.transport = transport;
        this.options = options ?? new NotifierOptions();
        this.options.Validate();
        contextKeys = this.options.ContextKeys?.ToFrozenSet(StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public ValueTask NotifyAsync(Notification notification, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(notification);
        return options.Topics.Length == 1
            ? Send(Outgoing(notification, options.Topics[0]), cancellationToken)
            : SendAllAsync(notification, cancellationToken);
    }

    private async ValueTask SendAllAsync(Notification notification, CancellationToken cancellationToken)
    {
        // One topic's trouble does not keep the notification from the others.
        await Each.DoAsync(options.Topics, topic => Send(Outgoing(notification, topic), cancellationToken)).ConfigureAwait(false);
    }

    // One topic and nobody who traces is the usual case: the driver's own task is handed on as it is.
    private ValueTask Send(OutgoingNotification outgoing, CancellationToken cancellationToken) =>
        MessagingSpan.SendingIsObserved
            ? SendTracedAsync(outgoing, cancellationToken)
            : transport.Connection.NotifyAsync(outgoing, cancellationToken);

    private async ValueTask SendTracedAsync(OutgoingNotification outgoing, CancellationToken cancellationToken)
    {
        using (MessagingSpan span = MessagingSpan.StartNotify(transport, outgoing))
        {
            try
            {
                await transport.Connection.NotifyAsync(outgoing, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                span.Failed(error);
                throw;
            }
        }
    }

    private OutgoingNotification Outgoing(Notification notification, string topic)
    {
        MessageSerializer? serializer = options.Serializer;

        // Everybody on the cloud may read what goes to a notification bus.
        MessageContext context = contextKeys is null ? notification.Context : notification.Context.Only(contextKeys);
        return new OutgoingNotification
        {
            Target = new Target { Topic = topic, Exchange = options.Exchange },
            Priority = notification.Priority,
            MessageId = notification.MessageId,
            PublisherId = notification.PublisherId,
            EventType = notification.EventType,
            Timestamp = notification.TimestampText,
            Payload = serializer is null
                ? notification.Payload
                : Payload.From(serializer.SerializeEntity(notification.Context, notification.Payload.ToNode())),
            Context = serializer?.SerializeContext(context) ?? context,
            Enveloped = options.Enveloped,
            Retry = options.Retry,
            Trace = TraceContext.Current,
        };
    }
}

/// <summary>Sends nothing (<c>noop</c>).</summary>
public sealed class NoopNotificationDriver : INotificationDriver
{
    /// <inheritdoc/>
    public ValueTask NotifyAsync(Notification notification, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}

/// <summary>Keeps what is sent, for tests (<c>test</c>).</summary>
public sealed class TestNotificationDriver : INotificationDriver
{
    private ImmutableList<Notification> sent = [];

    /// <summary>What was sent so far, in order.</summary>
    public ImmutableList<Notification> Sent => Volatile.Read(ref sent);

    /// <summary>Forgets what was sent.</summary>
    public void Clear() => Volatile.Write(ref sent, []);

    /// <inheritdoc/>
    public ValueTask NotifyAsync(Notification notification, CancellationToken cancellationToken)
    {
        ImmutableInterlocked.Update(ref sent, static (all, one) => all.Add(one), notification);
        return ValueTask.CompletedTask;
    }
}

/// <summary>
/// Writes each to the log as JSON, category <c>oslo.messaging.notification.&lt;event type&gt;</c> (<c>log</c>).
/// </summary>
public sealed class LogNotificationDriver(ILoggerFactory loggers) : INotificationDriver
{
    /// <inheritdoc/>
    public ValueTask NotifyAsync(Notification notification, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(notification);
        ILogger logger = loggers.CreateLogger("oslo.messaging.notification." + notification.EventType);
        LogLevel level = notification.Priority switch
        {
            NotificationPriority.Debug => LogLevel.Debug,
            NotificationPriority.Warn => LogLevel.Warning,
            NotificationPriority.Error => LogLevel.Error,
            NotificationPriority.Critical => LogLevel.Critical,
            _ => LogLevel.Information,
        };
        if (logger.IsEnabled(level))
        {
            logger.Log(level, new EventId(1301, "Notification"), Render(notification), null, static (text, _) => text);
        }

        return ValueTask.CompletedTask;
    }

    private static string Render(Notification notification)
    {
        using var buffer = Wire.PooledBuffer.Rent();
        Utf8JsonWriter writer = buffer.BeginJson();
        writer.WriteStartObject();
        writer.WriteString("message_id"u8, notification.MessageId);
        writer.WriteString("publisher_id"u8, notification.PublisherId);
        writer.WriteString("event_type"u8, notification.EventType);
        writer.WriteString("priority"u8, notification.Priority.WireName());
        writer.WritePropertyName("payload"u8);
        notification.Payload.WriteTo(writer);
        writer.WriteString("timestamp"u8, notification.TimestampText);
        writer.WriteEndObject();
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
