using System.Collections.Immutable;
using Twinbus.Deployment.Backends.External;
using Twinbus.Deployment.Backends.Kafka;
using Twinbus.Deployment.Backends.Qdrouterd;
using Twinbus.Deployment.Backends.RabbitMq;
using Twinbus.Deployment.Backends.ZeroMq;

namespace Twinbus.Deployment.Backends;

/// <summary>All backends. To add one, add its line.</summary>
internal static class BackendRegistry
{
    public static ImmutableArray<IMessagingBackend> All { get; } =
    [
        new RabbitMqBackend(),
        new QdrouterdBackend(),
        new ZeroMqBackend(),
        new KafkaBackend(),
        new ExternalBackend(),
    ];

    public static IMessagingBackend? Find(string name) => All.FirstOrDefault(backend => backend.Capabilities.Name == name);

    /// <summary>The backend that the oslo.messaging driver <paramref name="transport"/> reaches.</summary>
    public static IMessagingBackend? ByTransport(string transport) => All.FirstOrDefault(backend => backend.Capabilities.Transport == transport);
}

/// <summary>What each backend is, for those who choose one.</summary>
public static class BackendCatalogue
{
    /// <summary>All backends, in the order in which they are worth a thought.</summary>
    public static ImmutableArray<BackendCapabilities> All { get; } = [.. BackendRegistry.All.Select(backend => backend.Capabilities)];
}
