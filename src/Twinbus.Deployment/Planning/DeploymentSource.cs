using System.Collections.Immutable;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Certificates;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Placement;
using Twinbus.Deployment.Ports;
using Twinbus.Deployment.Reading;

namespace Twinbus.Deployment.Planning;

/// <summary>What the operator's files say, merged and checked; no host has been looked at.</summary>
public sealed class DeploymentSource
{
    internal DeploymentSource()
    {
    }

    /// <summary>The hosts that take part, whose facts a plan needs.</summary>
    public required ImmutableArray<DeploymentHost> Hosts { get; init; }

    /// <summary>The distribution packages that a plan may install.</summary>
    public required ImmutableArray<string> Packages { get; init; }

    /// <summary>What the operator should know and need not act on.</summary>
    public required ImmutableArray<Problem> Notices { get; init; }

    /// <summary>What the files say and what does not concern messaging: registry entries and parameters, with their places.</summary>
    public required ImmutableArray<IgnoredEntry> Ignored { get; init; }

    /// <summary>Every parameter with its value and origin, as the files say it: ports are not allocated yet.</summary>
    public ImmutableArray<ResolvedParameter> Parameters => ParameterList.Of(Services, [], InstancePorts.None);

    /// <summary>The files of the operator that it was read from, absolute: environments, roles, inventory, certificates.</summary>
    public IEnumerable<string> InputFiles => Request.Environments
        .Concat(new[] { Request.Roles, Request.Inventory }.OfType<string>())
        .Concat(CustomCertificateFiles.Keys.Order(StringComparer.Ordinal))
        .Select(Path.GetFullPath)
        .Distinct();

    /// <summary>The backends that this version does not deploy yet, one problem a service; what is said of them is known all the same.</summary>
    public ImmutableArray<Problem> NotDeployed =>
    [
        .. Services
            .Where(service => service.Backend?.Capabilities.NotYetDeployedReason is not null)
            .Select(service => new Problem(
                $"this version of Twinbus does not deploy {service.Backend!.Capabilities.Title} yet",
                service.Backend.Capabilities.NotYetDeployedReason!,
                $"map {service.RegistryName} to another backend, or run one yourself and map it to messaging-{service.Kind.ToString().ToLowerInvariant()}-backend-external.yaml")
            {
                Place = service.Place,
            }),
    ];

    /// <summary>Refuses what this version does not deploy; the hosts need not be asked for that.</summary>
    /// <exception cref="DeploymentException">A service is on such a backend (<see cref="DeploymentFailureReason.NotDeployable"/>).</exception>
    public void RequireDeployable()
    {
        if (!NotDeployed.IsEmpty)
        {
            throw new DeploymentException(DeploymentFailureReason.NotDeployable, NotDeployed);
        }
    }

    /// <summary>All backends that there are.</summary>
    internal BackendRegistry Backends { get; init; } = BackendRegistry.Shipped;

    internal DeploymentRequest Request { get; init; } = new();

    internal ImmutableArray<ServiceDraft> Services { get; init; } = [];

    internal ServicePlacement Placement { get; init; } = new([], ImmutableDictionary<string, ImmutableArray<string>>.Empty);

    /// <summary>The certificate files that environments name, as they were read, by path.</summary>
    internal ImmutableDictionary<string, CustomCertificateFile> CustomCertificateFiles { get; init; } = ImmutableDictionary<string, CustomCertificateFile>.Empty;

    /// <summary>Reads, merges and checks everything that was given.</summary>
    /// <exception cref="DeploymentException">All that is wrong, at once (<see cref="DeploymentFailureReason.InvalidInput"/>).</exception>
    public static Task<DeploymentSource> ReadAsync(DeploymentRequest request, ShippedFiles shipped, CancellationToken cancellationToken) =>
        ReadAsync(request, shipped, BackendRegistry.Shipped, cancellationToken);

    internal static Task<DeploymentSource> ReadAsync(DeploymentRequest request, ShippedFiles shipped, BackendRegistry backends, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(shipped);
        return new DeploymentReader(request, shipped, backends).ReadAsync(cancellationToken);
    }
}
