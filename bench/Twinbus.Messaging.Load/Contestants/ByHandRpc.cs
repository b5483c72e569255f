using System.Collections.Concurrent;
using System.Text.Json;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Twinbus.Messaging.Load.Contestants;

/// <summary>
/// oslo.messaging's exchange written by hand on RabbitMQ.Client, the same on the wire: envelope, ids, acknowledgements,
/// publisher confirms on both ways, mandatory replies.
/// </summary>
internal sealed class ByHandRpc : IRpcContestant
{
    private const string Exchange = "byhand";
    private const string Topic = "byhand-topic";
    private const string Expiration = "60000";
    private readonly ConcurrentDictionary<string, TaskCompletionSource<string?>> waiting = new();
    private readonly IConnection connection;
    private readonly IChannel sending;
    private readonly string replyQueue;

    private ByHandRpc(IConnection connection, IChannel sending, string replyQueue)
    {
        this.connection = connection;
        this.sending = sending;
        this.replyQueue = replyQueue;
    }

    public static async Task ServeAsync(Uri broker)
    {
        IConnection connection = await Rabbit.ConnectAsync(broker);
        // As many handlers at once as an oslo.messaging server has threads.
        IChannel receiving = await connection.CreateChannelAsync(new CreateChannelOptions(false, false, consumerDispatchConcurrency: 64));
        IChannel replying = await connection.CreateChannelAsync(Rabbit.Confirming);
        await receiving.ExchangeDeclareAsync(Exchange, "topic");
        await receiving.QueueDeclareAsync(Topic, durable: false, exclusive: false, autoDelete: false);
        await receiving.QueueBindAsync(Topic, Exchange, Topic);
        AsyncEventingBasicConsumer consumer = new(receiving);
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            using JsonDocument request = Envelope.Read(delivery.Body);
            await receiving.BasicAckAsync(delivery.DeliveryTag, multiple: false);
            await ReplyAsync(replying, request.RootElement);
        };
        await receiving.BasicConsumeAsync(Topic, autoAck: false, consumer);
    }

    public static async Task<ByHandRpc> ConnectAsync(Uri broker)
    {
        IConnection connection = await Rabbit.ConnectAsync(broker);
        IChannel sending = await connection.CreateChannelAsync(Rabbit.Confirming);
        IChannel receiving = await connection.CreateChannelAsync();
        string replyQueue = $"reply_{Guid.NewGuid():N}";
        await receiving.QueueDeclareAsync(
            replyQueue, durable: false, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-expires"] = 1_800_000 });
        ByHandRpc rpc = new(connection, sending, replyQueue);
        AsyncEventingBasicConsumer consumer = new(receiving);
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            rpc.Settle(delivery.Body);
            await receiving.BasicAckAsync(delivery.DeliveryTag, multiple: false);
        };
        await receiving.BasicConsumeAsync(replyQueue, autoAck: false, consumer);
        return rpc;
    }

    public Task<Measurement> CallAsync(int outstanding, TimeSpan duration) => Workload.RunAsync(CallAsync, outstanding, duration);

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private static async Task ReplyAsync(IChannel replying, JsonElement request)
    {
        ReadOnlyMemory<byte> reply = Envelope.Write(writer =>
        {
            writer.WritePropertyName("result"u8);
            request.GetProperty("args"u8).GetProperty("data"u8).WriteTo(writer);
            writer.WriteNull("failure"u8);
            writer.WriteBoolean("ending"u8, true);
            writer.WriteString("_msg_id"u8, request.GetProperty("_msg_id"u8).GetString());
            writer.WriteString("_unique_id"u8, Guid.NewGuid().ToString("N"));
        });
        await replying.BasicPublishAsync("", request.GetProperty("_reply_q"u8).GetString()!, mandatory: true, Rabbit.OsloProperties(), reply);
    }

    private async Task CallAsync()
    {
        string id = Guid.NewGuid().ToString("N");
        TaskCompletionSource<string?> call = waiting[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ReadOnlyMemory<byte> body = Envelope.Write(writer =>
        {
            writer.WriteString("method"u8, "echo"u8);
            writer.WriteStartObject("args"u8);
            writer.WriteString("data"u8, Workload.Text);
            writer.WriteEndObject();
            writer.WriteString("_msg_id"u8, id);
            writer.WriteString("_reply_q"u8, replyQueue);
            writer.WriteNull("_timeout"u8);
            writer.WriteString("_unique_id"u8, Guid.NewGuid().ToString("N"));
        });
        await sending.BasicPublishAsync(Exchange, Topic, mandatory: false, Rabbit.OsloProperties(Expiration), body);
        await call.Task;
    }

    private void Settle(ReadOnlyMemory<byte> body)
    {
        using JsonDocument reply = Envelope.Read(body);
        waiting.TryRemove(reply.RootElement.GetProperty("_msg_id"u8).GetString()!, out TaskCompletionSource<string?>? call);
        call!.SetResult(reply.RootElement.GetProperty("result"u8).GetString());
    }
}
