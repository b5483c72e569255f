using System.Collections.Immutable;
using Twinbus.Messaging;

namespace Twinbus.Operations.Health;

/// <summary>
/// Makes what a probe declares go away with the probe. All else is as clients have it; exchange, topics and queues are the
/// probe's own, so these options cannot contradict what a cloud's services declared.
/// </summary>
internal static class ProbeUrl
{
    public static TransportUrl Of(TransportUrl url) =>
        url.Driver == "rabbit" ? new TransportUrl(url.Scheme, url.Hosts, url.VirtualHost, Rabbit(url.Query)) : url;

    private static ImmutableSortedDictionary<string, string> Rabbit(ImmutableSortedDictionary<string, string> query)
    {
        // RabbitMQ refuses a quorum queue that goes with its last consumer: a durable one stands for it, which brokers that
        // refuse transient queues take too. Reply queues are as the clients', since these have an end of their own.
        if (query.TryGetValue("rabbit_quorum_queue", out string? quorum))
        {
            query = query.Remove("rabbit_quorum_queue").SetItem("amqp_durable_queues", quorum);
        }

        return query.SetItem("amqp_auto_delete", "true").SetItem("rabbit_transient_queues_ttl", "60");
    }
}
