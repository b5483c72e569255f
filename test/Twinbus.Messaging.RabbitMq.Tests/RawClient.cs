using System.Text;
using System.Threading.Channels;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Twinbus.Testing.RabbitMq;

namespace Twinbus.Messaging.RabbitMq.Tests;

/// <summary>A plain AMQP client beside the code under test: it sees what is on the broker, and says what no library would.</summary>
internal sealed class RawClient : IAsyncDisposable
{
    private readonly IConnection connection;

    private RawClient(IConnection connection, IChannel channel)
    {
        this.connection = connection;
        Channel = channel;
    }

    public IChannel Channel { get; }

    /// <summary>The version that the broker says it has.</summary>
    public Version ServerVersion => Version.Parse(Encoding.UTF8.GetString((byte[])connection.ServerProperties!["version"]!));

    public static async Task<RawClient> ConnectAsync(RabbitMqVirtualHost host)
    {
        IConnection connection = await new ConnectionFactory { Uri = host.AmqpUri }.CreateConnectionAsync();
        return new RawClient(connection, await connection.CreateChannelAsync());
    }

    public ValueTask PublishAsync(string queue, string body) => PublishAsync(queue, Encoding.UTF8.GetBytes(body));

    public ValueTask PublishAsync(string queue, ReadOnlyMemory<byte> body) => Channel.BasicPublishAsync(
        "", queue, false, new BasicProperties { ContentType = "application/json", ContentEncoding = "utf-8" }, body);

    /// <summary>Calls a method without arguments, with the reply to go to a queue that need not exist.</summary>
    public ValueTask CallAsync(string topic, string method, string replyQueue, int? monitor = null) => PublishAsync(
        topic,
        $$"""{"method":"{{method}}","args":{},"_msg_id":"m1","_reply_q":"{{replyQueue}}","_timeout":{{monitor?.ToString() ?? "null"}}}""");

    public async Task<Channel<BasicDeliverEventArgs>> ConsumeAsync(string queue)
    {
        var arrived = System.Threading.Channels.Channel.CreateUnbounded<BasicDeliverEventArgs>();
        var consumer = new AsyncEventingBasicConsumer(Channel);
        consumer.ReceivedAsync += (_, args) =>
        {
            arrived.Writer.TryWrite(new BasicDeliverEventArgs(
                args.ConsumerTag, args.DeliveryTag, args.Redelivered, args.Exchange, args.RoutingKey,
                new BasicProperties(args.BasicProperties), args.Body.ToArray()));
            return Task.CompletedTask;
        };
        await Channel.BasicConsumeAsync(queue, true, consumer);
        return arrived;
    }

    public async ValueTask DisposeAsync()
    {
        await Channel.DisposeAsync();
        await connection.DisposeAsync();
    }
}
