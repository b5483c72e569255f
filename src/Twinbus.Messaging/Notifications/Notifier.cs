using System.Collections.Immutable;

namespace Twinbus.Messaging.Notifications;

/// <summary>Publishes notifications. Immutable and thread-safe: one notifier serves a whole process.</summary>
public sealed class Notifier
{
    private readonly ImmutableArray<INotificationDriver> drivers;
    private readonly TimeProvider time;

    /// <summary>A notifier on a bus (<c>messagingv2</c> unless the options say otherwise).</summary>
    /// <param name="transport">The bus; it must outlive the notifier.</param>
    /// <param name="publisherId">Who publishes, by custom <c>service.host</c>.</param>
    /// <param name="options">Topics, envelope, retries. Null: the defaults.</param>
    public Notifier(Transport transport, string publisherId, NotifierOptions? options = null)
        : this(publisherId, [new MessagingNotificationDriver(transport, options)], transport.Options.TimeProvider)
    {
    }

    /// <summary>A notifier with its own drivers. With none, notifications go nowhere, as in the original.</summary>
    /// <param name="publisherId">Who publishes.</param>
    /// <param name="drivers">Each gets each notification.</param>
    /// <param name="time">Where timestamps come from. Null: the system's.</param>
    public Notifier(string publisherId, ImmutableArray<INotificationDriver> drivers, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(publisherId);
        PublisherId = publisherId;
        this.drivers = drivers;
        this.time = time ?? TimeProvider.System;
    }

    /// <summary>Who publishes.</summary>
    public string PublisherId { get; }

    /// <summary>This notifier for another publisher.</summary>
    public Notifier Prepare(string publisherId) => new(publisherId, drivers, time);

    /// <summary>Publishes; completes when the broker has confirmed it on every topic.</summary>
    /// <param name="context">The request context in which it happened.</param>
    /// <param name="priority">The priority.</param>
    /// <param name="eventType">What happened.</param>
    /// <param name="payload">The details, any JSON value.</param>
    /// <param name="cancellationToken">Stops waiting; it may have been sent.</param>
    /// <exception cref="MessageDeliveryException">
    /// It was not sent, or, with <see cref="MessagingErrorReason.Unconfirmed"/>, it is not known whether it arrived.
    /// </exception>
    public ValueTask NotifyAsync(
        MessageContext context,
        NotificationPriority priority,
        string eventType,
        Payload payload,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentException.ThrowIfNullOrEmpty(eventType);
        var notification = new Notification
        {
            Context = context,
            Priority = priority,
            PublisherId = PublisherId,
            EventType = eventType,
            Payload = payload,
            MessageId = Wire.RandomBytes.NewGuid().ToString(),
            Timestamp = time.GetUtcNow(),
        };
        return drivers.Length == 1 ? drivers[0].NotifyAsync(notification, cancellationToken) : NotifyAllAsync(notification, cancellationToken);
    }

    /// <summary>Publishes for the record.</summary>
    public ValueTask AuditAsync(MessageContext context, string eventType, Payload payload, CancellationToken cancellationToken = default) =>
        NotifyAsync(context, NotificationPriority.Audit, eventType, payload, cancellationToken);

    /// <summary>Publishes for developers.</summary>
    public ValueTask DebugAsync(MessageContext context, string eventType, Payload payload, CancellationToken cancellationToken = default) =>
        NotifyAsync(context, NotificationPriority.Debug, eventType, payload, cancellationToken);

    /// <summary>Publishes at the usual priority.</summary>
    public ValueTask InfoAsync(MessageContext context, string eventType, Payload payload, CancellationToken cancellationToken = default) =>
        NotifyAsync(context, NotificationPriority.Info, eventType, payload, cancellationToken);

    /// <summary>Publishes a warning.</summary>
    public ValueTask WarnAsync(MessageContext context, string eventType, Payload payload, CancellationToken cancellationToken = default) =>
        NotifyAsync(context, NotificationPriority.Warn, eventType, payload, cancellationToken);

    /// <summary>Publishes an error.</summary>
    public ValueTask ErrorAsync(MessageContext context, string eventType, Payload payload, CancellationToken cancellationToken = default) =>
        NotifyAsync(context, NotificationPriority.Error, eventType, payload, cancellationToken);

    /// <summary>Publishes a critical error.</summary>
    public ValueTask CriticalAsync(MessageContext context, string eventType, Payload payload, CancellationToken cancellationToken = default) =>
        NotifyAsync(context, NotificationPriority.Critical, eventType, payload, cancellationToken);

    /// <summary>Publishes a measurement.</summary>
    public ValueTask SampleAsync(MessageContext context, string eventType, Payload payload, CancellationToken cancellationToken = default) =>
        NotifyAsync(context, NotificationPriority.Sample, eventType, payload, cancellationToken);

    // One driver's trouble does not keep the notification from the others.
    private ValueTask NotifyAllAsync(Notification notification, CancellationToken cancellationToken) =>
        Each.DoAsync(drivers, driver => driver.NotifyAsync(notification, cancellationToken));
}
