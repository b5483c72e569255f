using System.Text;
using RabbitMQ.Client;

namespace Twinbus.Messaging.Load.Contestants;

/// <summary>
/// RabbitMQ.Client with publisher confirms and a window, one kibibyte a message and no envelope. What the broker has to do
/// is the same as for the others: a topic exchange, a transient queue, oslo.messaging's properties.
/// </summary>
internal sealed class RawNotifications(IConnection connection, IChannel channel) : INotificationContestant
{
    private const string Exchange = "raw";
    private const string Queue = "raw-notifications.info";
    private readonly byte[] body = Encoding.UTF8.GetBytes(Workload.Text);

    public static async Task<RawNotifications> ConnectAsync(Uri broker)
    {
        IConnection connection = await Rabbit.ConnectAsync(broker);
        IChannel channel = await connection.CreateChannelAsync(Rabbit.Confirming);
        await channel.ExchangeDeclareAsync(Exchange, "topic");
        await channel.QueueDeclareAsync(Queue, durable: false, exclusive: false, autoDelete: false);
        await channel.QueueBindAsync(Queue, Exchange, Queue);
        return new RawNotifications(connection, channel);
    }

    public Task<Measurement> NotifyAsync(TimeSpan duration) => Workload.RunAsync(PublishAsync, Workload.NotificationWindow, duration);

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private Task PublishAsync() => channel.BasicPublishAsync(Exchange, Queue, mandatory: false, Rabbit.OsloProperties(), body).AsTask();
}
