using Twinbus.Deployment.Model;

namespace Twinbus.Operations.Documents;

/// <summary>Where the broker of each messaging service has its things: <c>show paths --format json</c>.</summary>
public sealed record PathsDocument() : Document("twinbus-paths", 1)
{
    /// <summary>The paths by the service's name, in the services' order.</summary>
    public required OrderedDictionary<string, ServicePaths> Paths { get; init; }

    /// <summary>The paths of <paramref name="tier"/>.</summary>
    public static PathsDocument Of(MessagingDeployment tier)
    {
        ArgumentNullException.ThrowIfNull(tier);
        OrderedDictionary<string, ServicePaths> paths = [];
        foreach (MessagingService service in tier.Services)
        {
            paths[service.Name] = ServicePaths.Of(tier.InstanceOf(service));
        }

        return new PathsDocument { Paths = paths };
    }
}
