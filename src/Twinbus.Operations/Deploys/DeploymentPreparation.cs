using System.Collections.Immutable;
using System.Security.Cryptography;
using Twinbus.Deployment;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Planning;
using Twinbus.Deployment.Reading;
using Twinbus.Deployment.State;
using Twinbus.Hosts.Running;

namespace Twinbus.Operations.Deploys;

/// <summary>From the files given and what is kept of the deployment to a model and a plan: the same steps for every operation.</summary>
internal sealed class DeploymentPreparation(DeploymentContext context)
{
    /// <summary>What is kept of the deployment.</summary>
    public DeploymentDirectory Directory { get; } = new(context.Directory);

    /// <summary>Reads and checks the files given; what is not given is as in the last deploy, else the default.</summary>
    /// <exception cref="DeploymentException">All that is wrong with them, at once. No host was asked.</exception>
    public async Task<DeploymentSource> ReadSourceAsync(DeploymentFiles files, LeavingHosts leaving, CancellationToken cancellationToken)
    {
        ShippedFiles shipped = ShippedFiles.Find();
        MessagingDeployment? previous = await Directory.FindDeploymentAsync(cancellationToken).ConfigureAwait(false);
        DeploymentRequest request = new()
        {
            Environments = files.Environments.IsEmpty ? previous?.EnvironmentFiles ?? [] : files.Environments,
            Roles = files.Roles ?? previous?.RolesFile,
            Inventory = files.Inventory ?? previous?.InventoryFile,
            StartEmpty = leaving.StartEmpty,
            Forgotten = leaving.Forgotten,
            Clock = context.Clock,
        };
        return await DeploymentSource.ReadAsync(request, shipped, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What makes the plan, on what is remembered of the hosts. No host was asked.</summary>
    public async Task<DeploymentPlanning> BeginPlanningAsync(DeploymentSource source, CancellationToken cancellationToken) => new(source, new PlanningContext
    {
        DeploymentDirectory = Directory.Path,
        IsDefaultDirectory = context.IsDefaultDirectory,
        Previous = await Directory.FindDeploymentAsync(cancellationToken).ConfigureAwait(false),
        Certificates = await Directory.Certificates.ReadAllAsync(cancellationToken).ConfigureAwait(false),
        Secrets = await Directory.ReadSecretsAsync(cancellationToken).ConfigureAwait(false),
        Facts = await Directory.ReadFactsAsync(cancellationToken).ConfigureAwait(false),
        Bytes = RandomNumberGenerator.Fill,
        Clock = context.Clock,
    });

    /// <summary>The model that the files come to as far as it is known without the hosts.</summary>
    public async Task<MessagingDeployment> ForeseeAsync(DeploymentSource source, CancellationToken cancellationToken) => DeploymentPlanner.Foresee(source, new PlanningContext
    {
        DeploymentDirectory = Directory.Path,
        IsDefaultDirectory = context.IsDefaultDirectory,
        Previous = await Directory.FindDeploymentAsync(cancellationToken).ConfigureAwait(false),
        Facts = ImmutableDictionary<string, HostFacts>.Empty,
        Bytes = RandomNumberGenerator.Fill,
        Clock = context.Clock,
    });
}
