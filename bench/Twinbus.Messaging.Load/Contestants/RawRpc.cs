using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Twinbus.Messaging.Load.Contestants;

/// <summary>The floor: ping-pong on RabbitMQ.Client with no envelope, no confirms and no acknowledgements.</summary>
internal sealed class RawRpc : IRpcContestant
{
    private const string Queue = "raw";
    private readonly ConcurrentDictionary<string, TaskCompletionSource> waiting = new();
    private readonly byte[] body = Encoding.UTF8.GetBytes(Workload.Text);
    private readonly IConnection connection;
    private readonly IChannel sending;
    private readonly string replyQueue;
    private long lastId;

    private RawRpc(IConnection connection, IChannel sending, string replyQueue)
    {
        this.connection = connection;
        this.sending = sending;
        this.replyQueue = replyQueue;
    }

    public static async Task ServeAsync(Uri broker)
    {
        IConnection connection = await Rabbit.ConnectAsync(broker);
        IChannel channel = await connection.CreateChannelAsync();
        await channel.QueueDeclareAsync(Queue, durable: false, exclusive: false, autoDelete: false);
        AsyncEventingBasicConsumer consumer = new(channel);
        consumer.ReceivedAsync += async (_, request) => await channel.BasicPublishAsync(
            "", request.BasicProperties.ReplyTo!, mandatory: false, new BasicProperties { CorrelationId = request.BasicProperties.CorrelationId }, request.Body);
        await channel.BasicConsumeAsync(Queue, autoAck: true, consumer);
    }

    public static async Task<RawRpc> ConnectAsync(Uri broker)
    {
        IConnection connection = await Rabbit.ConnectAsync(broker);
        IChannel sending = await connection.CreateChannelAsync();
        IChannel receiving = await connection.CreateChannelAsync();
        string replyQueue = (await receiving.QueueDeclareAsync()).QueueName;
        RawRpc rpc = new(connection, sending, replyQueue);
        AsyncEventingBasicConsumer consumer = new(receiving);
        consumer.ReceivedAsync += (_, reply) =>
        {
            rpc.waiting.TryRemove(reply.BasicProperties.CorrelationId!, out TaskCompletionSource? call);
            call!.SetResult();
            return Task.CompletedTask;
        };
        await receiving.BasicConsumeAsync(replyQueue, autoAck: true, consumer);
        return rpc;
    }

    public Task<Measurement> CallAsync(int outstanding, TimeSpan duration) => Workload.RunAsync(CallAsync, outstanding, duration);

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private async Task CallAsync()
    {
        string id = Interlocked.Increment(ref lastId).ToString(CultureInfo.InvariantCulture);
        TaskCompletionSource call = waiting[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await sending.BasicPublishAsync("", Queue, mandatory: false, new BasicProperties { CorrelationId = id, ReplyTo = replyQueue }, body);
        await call.Task;
    }
}
