using System.Collections.Immutable;
using Twinbus.Deployment.Backends.RabbitMq;

namespace Twinbus.Deployment.Backends;

/// <summary>All backends. To add one, add its line.</summary>
internal static class BackendRegistry
{
    public static ImmutableArray<IMessagingBackend> All { get; } =
    [
        new RabbitMqBackend(),
    ];

    public static IMessagingBackend? Find(string name) => All.FirstOrDefault(backend => backend.Capabilities.Name == name);

    /// <summary>The backend called <paramref name="name"/>, which a checked model names.</summary>
    public static IMessagingBackend Get(string name) =>
        Find(name) ?? throw new DeploymentException(
            DeploymentFailureReason.NotDeployable, new Problem($"no backend is called {name}", "", "use the version of Twinbus that deployed it"));
}
