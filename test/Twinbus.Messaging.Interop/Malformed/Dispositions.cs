using System.Text.Json;
using System.Text.Json.Nodes;
using RabbitMQ.Client;
using Twinbus.Messaging.Interop.Wire;
using Twinbus.Testing.RabbitMq;

namespace Twinbus.Messaging.Interop.Malformed;

/// <summary>What a consumer tells the broker about each message: seen on the wire, whoever the consumer is.</summary>
internal static class Dispositions
{
    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = true };

    /// <summary>Sends each message and waits for its disposition before the next one goes out.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> OfAsync(
        IReadOnlyList<MalformedMessage> messages,
        RabbitMqVirtualHost host,
        WireTap tap,
        string exchange,
        string routingKey,
        CancellationToken cancellationToken)
    {
        await using IConnection connection = await new ConnectionFactory { Uri = host.AmqpUri }.CreateConnectionAsync(cancellationToken);
        await using IChannel channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), cancellationToken);
        Dictionary<string, string> dispositions = [];
        foreach ((MalformedMessage message, long tag) in messages.Select((message, index) => (message, index + 1L)))
        {
            await message.PublishAsync(channel, exchange, routingKey, cancellationToken);
            Capture? disposition = await tap.NextAsync(capture => Settles(capture, tag), TimeSpan.FromSeconds(5), cancellationToken);
            dispositions[message.Name] = disposition switch
            {
                null => "neither",
                { Method: "basic.ack" } => "acknowledged",
                { Arguments: var reject } => (bool)reject["requeue"]! ? "requeued" : "rejected",
            };
        }

        return dispositions;
    }

    public static string Write(IReadOnlyDictionary<string, string> dispositions) =>
        new JsonObject(dispositions.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value))).ToJsonString(Layout) + "\n";

    private static bool Settles(Capture capture, long tag)
    {
        if (capture.Method is not ("basic.ack" or "basic.reject"))
        {
            return false;
        }

        long settled = (long)capture.Arguments["delivery_tag"]!.GetValue<ulong>();
        return settled == tag || (settled > tag && capture.Arguments["multiple"]?.GetValue<bool>() == true);
    }
}
