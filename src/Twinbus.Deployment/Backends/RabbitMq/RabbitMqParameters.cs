using System.Globalization;
using Twinbus.Deployment.Model;

namespace Twinbus.Deployment.Backends.RabbitMq;

/// <summary>An instance's own parameters, read once. What each may be was checked where the operator's files were read.</summary>
internal sealed record RabbitMqParameters
{
    /// <summary>The parameter that says which queues clients declare; it is also an answer to why they are told something.</summary>
    public const string QueueTypeName = "RabbitQueueType";

    public required string QueueType { get; init; }

    /// <summary>Copies of a mirrored queue; 0: a majority of the nodes, -1: all of them.</summary>
    public required long HaQueues { get; init; }

    /// <summary>Members of a new quorum queue.</summary>
    public required int QuorumReplicas { get; init; }

    /// <summary>Seconds after which a message is dropped; 0: never.</summary>
    public required long MessageTtlSeconds { get; init; }

    /// <summary>Messages that a queue holds at most; 0: any number.</summary>
    public required long QueueLimit { get; init; }

    /// <summary>Open files of the node.</summary>
    public required int OpenFiles { get; init; }

    public required string AdditionalErlangArguments { get; init; }

    public required string TcpBacklog { get; init; }

    public required string MemoryWatermark { get; init; }

    public required string DiskFreeLimit { get; init; }

    public required string LogLevel { get; init; }

    public required long LogFileMegabytes { get; init; }

    public required string LogFiles { get; init; }

    public required string NetTickSeconds { get; init; }

    public required string PartitionHandling { get; init; }

    /// <summary>The one of them that clients depend on; null when the instance does not say.</summary>
    public static string? QueueTypeOf(BrokerInstance instance) => instance.Settings.GetValueOrDefault(QueueTypeName);

    public static RabbitMqParameters Of(BrokerInstance instance)
    {
        return new RabbitMqParameters
        {
            QueueType = Text(QueueTypeName),
            HaQueues = Number("RabbitHAQueues"),
            QuorumReplicas = (int)Number("RabbitQuorumReplicas"),
            MessageTtlSeconds = Number("RabbitMessageTTL"),
            QueueLimit = Number("RabbitQueueLimit"),
            OpenFiles = (int)Number("RabbitFDLimit"),
            AdditionalErlangArguments = Text("RabbitAdditionalErlArgs").Trim('\''),
            TcpBacklog = Text("RabbitTCPBacklog"),
            MemoryWatermark = Text("RabbitMemoryWatermark"),
            DiskFreeLimit = Text("RabbitDiskFreeLimit"),
            LogLevel = Text("RabbitLogLevel"),
            LogFileMegabytes = Number("RabbitLogFileSize"),
            LogFiles = Text("RabbitLogFiles"),
            NetTickSeconds = Text("RabbitNetTickTime"),
            PartitionHandling = Text("RabbitPartitionHandling"),
        };

        string Text(string name) => instance.Settings[name];

        long Number(string name) => long.Parse(instance.Settings[name], CultureInfo.InvariantCulture);
    }
}
