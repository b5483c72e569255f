using System.Collections.Immutable;
using System.Security.Cryptography;
using Twinbus.Cli.Invocation;
using Twinbus.Deployment;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Planning;
using Twinbus.Deployment.Reading;
using Twinbus.Deployment.State;
using Twinbus.Hosts;
using Twinbus.Hosts.Running;
using Twinbus.Hosts.Ssh;

namespace Twinbus.Cli.Deploying;

/// <summary>From what was given and what is kept to a model and a plan: the same steps for <c>plan</c>, <c>up</c> and <c>deploy</c>.</summary>
internal sealed class TierPreparation(CommandRun run)
{
    /// <summary>What is kept of the deployment.</summary>
    public DeploymentDirectory Directory { get; } = new(run.DeploymentDirectory);

    /// <summary>Reads and checks the files given; what is not given is as in the last deploy, else the default.</summary>
    /// <exception cref="DeploymentException">All that is wrong with them, at once. No host has been looked at.</exception>
    public async Task<DeploymentSource> ReadSourceAsync(GivenTier given, CancellationToken cancellationToken)
    {
        ShippedFiles shipped = ShippedFiles.Find();
        MessagingDeployment? previous = await Directory.FindDeploymentAsync(cancellationToken).ConfigureAwait(false);
        ImmutableArray<string> files = [.. given.Environments.Select(run.Surroundings.Absolute)];
        DeploymentRequest request = new()
        {
            Environments = files.IsEmpty ? previous?.EnvironmentFiles ?? [] : files,
            Roles = Absolute(given.Roles) ?? previous?.RolesFile,
            Inventory = Absolute(given.Inventory) ?? previous?.InventoryFile,
            StartEmpty = given.Leaving.StartEmpty,
            Forgotten = given.Leaving.Forgotten,
            Clock = run.Surroundings.Clock,
        };
        return await DeploymentSource.ReadAsync(request, shipped, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What makes the plan, on what is remembered of the hosts. No host has been looked at.</summary>
    public async Task<TierPlanning> BeginPlanningAsync(DeploymentSource source, CancellationToken cancellationToken) => new(source, new PlanningContext
    {
        DeploymentDirectory = Directory.Path,
        IsDefaultDirectory = Directory.Path == run.DefaultDeploymentDirectory,
        Previous = await Directory.FindDeploymentAsync(cancellationToken).ConfigureAwait(false),
        Certificates = await Directory.Certificates.ReadAllAsync(cancellationToken).ConfigureAwait(false),
        Secrets = await Directory.ReadSecretsAsync(cancellationToken).ConfigureAwait(false),
        Facts = await Directory.ReadFactsAsync(cancellationToken).ConfigureAwait(false),
        Bytes = RandomNumberGenerator.Fill,
        Clock = run.Surroundings.Clock,
    });

    /// <summary>A runner that knows how to reach the hosts.</summary>
    public static HostRunner Runner(IEnumerable<DeploymentHost> hosts, string runId, string deploymentDirectory, HostReach reach) => new(new RunnerOptions
    {
        Kinds = BackendCatalogue.Kinds,
        RunId = runId,
        KnownHostsFile = KnownHosts(deploymentDirectory),
        AcceptNewHostKeys = reach.AcceptNewHostKeys,
        Parallel = reach.Parallel,
        Connections = hosts.ToImmutableDictionary(
            host => host.Name,
            HostConnection (host) => host.IsLocal
                ? new LocalConnection()
                : new SshConnection { Address = host.Address, Port = host.SshPort, User = host.SshUser, KeyFile = host.SshKeyFile, Arguments = host.SshArguments }),
    });

    /// <summary>The host keys that were accepted for this deployment.</summary>
    public static string KnownHosts(string deploymentDirectory) => Path.Combine(deploymentDirectory, "known_hosts");

    private string? Absolute(string? file) => file is null ? null : run.Surroundings.Absolute(file);
}
