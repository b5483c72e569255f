using System.Globalization;
using Twinbus.Deployment.Model;
using Twinbus.Hosts.RabbitMq.Management;
using Twinbus.Hosts.RabbitMq.Policies;

namespace Twinbus.Deployment.Backends.RabbitMq;

/// <summary>The policy for the queues of a virtual host: copies, age and length. RabbitMQ applies one policy to a queue, so all is in one.</summary>
internal static class RabbitMqQueuePolicy
{
    public const string Quorum = "quorum";
    public const string Classic = "classic";

    // After this one a policy that mirrors is refused.
    private static readonly Version LastToMirror = new(3, 13);

    // From here on a queue that is neither durable nor exclusive is refused.
    private static readonly Version FirstWithoutTransient = new(4, 3);

    /// <summary>The type that an instance has when nobody chose one.</summary>
    public static string Standard(int nodes, Version? server) => nodes > 1 || server >= FirstWithoutTransient ? Quorum : Classic;

    /// <summary>The policy that the instance's settings ask for; null when they ask for none.</summary>
    public static RabbitMqPolicyResource? Of(BrokerInstance instance, RabbitMqManagement management, string virtualHost)
    {
        RabbitMqParameters parameters = RabbitMqParameters.Of(instance);
        SortedDictionary<string, string> definition = new(StringComparer.Ordinal);
        if (instance is { Nodes.Length: > 1, ServerVersion: { } version } && version <= LastToMirror && parameters.QueueType != Quorum)
        {
            Mirror(definition, parameters.HaQueues, instance.Nodes.Length);
        }

        if (parameters.MessageTtlSeconds is > 0 and var seconds)
        {
            definition["message-ttl"] = (seconds * 1000).ToString(CultureInfo.InvariantCulture);
        }

        if (parameters.QueueLimit is > 0 and var messages)
        {
            definition["max-length"] = messages.ToString(CultureInfo.InvariantCulture);
        }

        return definition.Count == 0 ? null : new RabbitMqPolicyResource
        {
            Management = management,
            VirtualHost = virtualHost,
            Policy = "twinbus",
            Pattern = @"^(?!amq\.).*",
            Definition = definition,
        };
    }

    private static void Mirror(SortedDictionary<string, string> definition, long copies, int nodes)
    {
        definition["ha-mode"] = copies < 0 ? "\"all\"" : "\"exactly\"";
        definition["ha-sync-mode"] = "\"automatic\"";
        if (copies >= 0)
        {
            long majority = (nodes / 2) + 1;
            definition["ha-params"] = (copies == 0 ? majority : copies).ToString(CultureInfo.InvariantCulture);
        }
    }
}
