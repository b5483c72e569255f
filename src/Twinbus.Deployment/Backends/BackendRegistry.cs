using System.Collections.Immutable;
using Twinbus.Deployment.Backends.External;
using Twinbus.Deployment.Backends.Kafka;
using Twinbus.Deployment.Backends.Qdrouterd;
using Twinbus.Deployment.Backends.RabbitMq;
using Twinbus.Deployment.Backends.ZeroMq;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Oslo;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Kinds;

namespace Twinbus.Deployment.Backends;

/// <summary>The backends that there are, in the order in which they are worth a thought.</summary>
internal sealed record BackendRegistry(ImmutableArray<IMessagingBackend> All)
{
    /// <summary>Those that Twinbus comes with. To add one, add its line.</summary>
    public static BackendRegistry Shipped { get; } = new(
    [
        new RabbitMqBackend(),
        new QdrouterdBackend(),
        new ZeroMqBackend(),
        new KafkaBackend(),
        new ExternalBackend(),
    ]);

    /// <summary>The backend called <paramref name="name"/>, or null.</summary>
    public IMessagingBackend? Find(string? name) => All.FirstOrDefault(backend => backend.Capabilities.Name == name);

    /// <summary>The backend that the oslo.messaging driver of <paramref name="transport"/>, such as <c>rabbit</c> or <c>zmq+redis</c>, reaches; null when there is none.</summary>
    public IMessagingBackend? ByTransport(string transport) => ClientOptions.SchemeOf(transport) is { Length: > 0 } scheme
        ? All.FirstOrDefault(backend => backend.Capabilities.Transport == scheme)
        : null;

    /// <summary>What the driver of <paramref name="transport"/> has to be told; null when oslo.messaging has no such driver.</summary>
    public ClientOptions? ClientOptionsOf(string transport) => ByTransport(transport)?.ClientOptions;

    /// <summary>Why there is no service file called <paramref name="fileName"/>, when no backend could do what it would say.</summary>
    public Problem? RefusalOf(string fileName) => Enum.GetValues<MessagingKind>()
        .SelectMany(kind => All, (kind, backend) => (Kind: kind.ToString().ToLowerInvariant(), backend.Capabilities, Reason: backend.Capabilities.Refuses(kind)))
        .Where(pair => pair.Reason is not null && fileName == $"messaging-{pair.Kind}-backend-{pair.Capabilities.Name}.yaml")
        .Select(pair => new Problem($"{pair.Capabilities.Title} cannot carry {pair.Kind}", pair.Reason!, "map the service to another backend"))
        .FirstOrDefault();
}

/// <summary>What each backend is, for those who choose one.</summary>
public static class BackendCatalogue
{
    /// <summary>All backends, in the order in which they are worth a thought.</summary>
    public static ImmutableArray<BackendCapabilities> All { get; } = [.. BackendRegistry.Shipped.All.Select(backend => backend.Capabilities)];

    /// <summary>The kinds of resources that plans have, whatever their backends.</summary>
    public static ResourceKinds Kinds { get; } = Register();

    private static ResourceKinds Register()
    {
        ResourceKinds kinds = new ResourceKinds().AddBuiltIn();
        foreach (IMessagingBackend backend in BackendRegistry.Shipped.All)
        {
            backend.Nodes?.Register(kinds);
        }

        return kinds;
    }
}
