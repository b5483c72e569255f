using RabbitMQ.Client;

namespace Twinbus.Messaging.Load.Contestants;

internal static class Rabbit
{
    public static readonly CreateChannelOptions Confirming =
        new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);

    public static Task<IConnection> ConnectAsync(Uri broker) => new ConnectionFactory { Uri = broker }.CreateConnectionAsync();

    /// <summary>The properties that oslo.messaging gives to every message.</summary>
    public static BasicProperties OsloProperties(string? expiration = null)
    {
        BasicProperties properties = new()
        {
            ContentType = "application/json",
            ContentEncoding = "utf-8",
            Headers = new Dictionary<string, object?>(),
            DeliveryMode = DeliveryModes.Persistent,
            Priority = 0,
        };
        if (expiration is not null)
        {
            properties.Expiration = expiration;
        }

        return properties;
    }
}
