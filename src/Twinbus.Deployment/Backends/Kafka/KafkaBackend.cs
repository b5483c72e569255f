using System.Collections.Immutable;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Oslo;
using Twinbus.Deployment.Reading;

namespace Twinbus.Deployment.Backends.Kafka;

/// <summary>Apache Kafka: a log that notifications are appended to and read from, again and again if wanted.</summary>
internal sealed class KafkaBackend : IMessagingBackend
{
    public BackendCapabilities Capabilities { get; } = new()
    {
        Name = "kafka",
        Title = "Kafka",
        Transport = "kafka",
        ParameterPrefix = "Kafka",
        RpcUnsupportedReason = "oslo.messaging's kafka driver has no calls: it raises NotImplementedError",
        NotYetDeployedReason = "its brokers come after the routers",
        Stores = true,
        HasVirtualHosts = false,
        VirtualHostsUnsupportedReason = "oslo.messaging's publisher appends it to the topic and its listener does not, so the two never meet",
        Login = LoginForm.UserAndPassword,
        Character = new BackendCharacter
        {
            Kind = "broker: a replicated log",
            Storage = "on disk for KafkaRetentionHours, read or not",
            Ordering = "as published, in each partition",
            Fanout = "each pool of listeners reads everything for itself",
            DeadListener = "nothing grows beyond the retention; a listener that comes back goes on where it was",
            Ports = "clients 9092; controllers 9093",
            Logs = "/var/log/twinbus/INSTANCE/server.log",
            Monitoring = "lag of each consumer group",
            Availability = "cluster of three with three copies of each partition",
        },
    };

    public ImmutableArray<string> Packages { get; } = [];

    public ImmutableArray<PortRequirement> Ports { get; } = [new(PortPurpose.Client, "Port"), new("controller", "KafkaControllerPort")];

    public ImmutableArray<InstanceSecret> Secrets { get; } = [];

    public ClientOptions? ClientOptions { get; } = new KafkaClientOptions();

    public INodePlanner? Nodes => null;

    public void Check(ServiceDraft service, ProblemList problems)
    {
    }
}
