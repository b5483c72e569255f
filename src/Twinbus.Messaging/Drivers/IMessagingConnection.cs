namespace Twinbus.Messaging.Drivers;

/// <summary>
/// A bus, reached. It connects when first used, comes back by itself after a loss, and is safe for concurrent use.
/// Disposing it sends what is under way, ends what waits, and removes what it alone used on the broker.
/// </summary>
public interface IMessagingConnection : IAsyncDisposable
{
    /// <summary>Connects now, so that a wrong address or password is known before the first message.</summary>
    /// <exception cref="TransportConnectionException">No host of the URL can be used; says why.</exception>
    ValueTask ConnectAsync(CancellationToken cancellationToken);

    /// <summary>Sends a request and waits for its reply, its failure or its deadline. The caller disposes the reply.</summary>
    /// <exception cref="MessagingTimeoutException">No reply before <see cref="OutgoingRequest.Timeout"/>.</exception>
    /// <exception cref="MessageDeliveryException">It could not be sent.</exception>
    ValueTask<IncomingReply> CallAsync(OutgoingRequest request, CancellationToken cancellationToken);

    /// <summary>Sends a request that nobody answers; completes when the broker has it.</summary>
    ValueTask CastAsync(OutgoingRequest request, CancellationToken cancellationToken);

    /// <summary>Sends a notification; completes when the broker has it.</summary>
    ValueTask NotifyAsync(OutgoingNotification notification, CancellationToken cancellationToken);

    /// <summary>
    /// Starts to receive the requests of a target (topic, server, fanout). <paramref name="receive"/> is awaited before
    /// the next request is handed over, so a receiver that waits holds the flow back.
    /// </summary>
    ValueTask<IMessageListener> ListenAsync(
        Target target, Func<IncomingRequest, CancellationToken, ValueTask> receive, CancellationToken cancellationToken);

    /// <summary>Starts to receive notifications; <paramref name="receive"/> is awaited as in <see cref="ListenAsync"/>.</summary>
    ValueTask<IMessageListener> SubscribeAsync(
        NotificationSubscription subscription,
        Func<IncomingNotification, CancellationToken, ValueTask> receive,
        CancellationToken cancellationToken);
}

/// <summary>A running subscription. Disposing it also removes what it alone used (a fanout queue).</summary>
public interface IMessageListener : IAsyncDisposable
{
    /// <summary>
    /// Stops taking messages; those already handed over can still be acknowledged and answered until it is disposed.
    /// </summary>
    ValueTask StopAsync(CancellationToken cancellationToken);
}
