using System.Collections.Immutable;
using System.Security.Cryptography;
using Twinbus.Cli.Invocation;
using Twinbus.Deployment;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Planning;
using Twinbus.Hosts;
using Twinbus.Hosts.Running;

namespace Twinbus.Cli.Deploying;

/// <summary>From what was given and what is kept to a model and a plan: the same steps for <c>plan</c>, <c>up</c> and <c>deploy</c>.</summary>
internal sealed class TierPreparation(CommandRun run)
{
    /// <summary>What is kept of the deployment.</summary>
    public DeploymentDirectory Directory { get; } = new(run.DeploymentDirectory);

    /// <summary>Reads and checks the files given; what is not given is as in the last deploy, else the default.</summary>
    /// <exception cref="DeploymentException">All that is wrong with them, at once. No host has been looked at.</exception>
    public async Task<TierSource> ReadSourceAsync(GivenTier given, CancellationToken cancellationToken)
    {
        ShippedFiles shipped = ShippedFiles.Find();
        MessagingTier? previous = await Directory.FindTierAsync(cancellationToken).ConfigureAwait(false);
        ImmutableArray<string> files = [.. given.Environments.Select(run.Surroundings.Absolute)];
        TierRequest request = new()
        {
            Environments = files.IsEmpty ? previous?.EnvironmentFiles ?? [] : files,
            Roles = Absolute(given.Roles) ?? previous?.RolesFile,
            Inventory = Absolute(given.Inventory) ?? previous?.InventoryFile,
            Clock = run.Surroundings.Clock,
        };
        return await TierSource.ReadAsync(request, shipped, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The model, the plan and the secrets; reads the hosts, changes nothing.</summary>
    public async Task<PreparedTier> PrepareAsync(TierSource source, bool acceptNewHostKeys, CancellationToken cancellationToken)
    {
        MessagingTier? previous = await Directory.FindTierAsync(cancellationToken).ConfigureAwait(false);
        PlanningContext context = new()
        {
            DeploymentDirectory = Directory.Path,
            IsDefaultDirectory = Directory.Path == run.DefaultDeploymentDirectory,
            Previous = previous,
            Certificates = await Directory.Certificates.ReadAllAsync(cancellationToken).ConfigureAwait(false),
            Secrets = await Directory.ReadSecretsAsync(cancellationToken).ConfigureAwait(false),
            Facts = await ReadFactsAsync(source, acceptNewHostKeys, cancellationToken).ConfigureAwait(false),
            Bytes = RandomNumberGenerator.Fill,
            Clock = run.Surroundings.Clock,
        };
        return TierPlanner.Prepare(source, context);
    }

    /// <summary>A runner that knows how to reach the hosts.</summary>
    public static HostRunner Runner(IEnumerable<TierHost> hosts, string runId, string deploymentDirectory, bool acceptNewHostKeys = false) => new(new RunnerOptions
    {
        RunId = runId,
        KnownHostsFile = KnownHosts(deploymentDirectory),
        AcceptNewHostKeys = acceptNewHostKeys,
        Connections = hosts.ToImmutableDictionary(
            host => host.Name,
            HostConnection (host) => host.IsLocal
                ? new LocalConnection()
                : new SshConnection { Address = host.Address, Port = host.SshPort, User = host.SshUser, KeyFile = host.SshKeyFile }),
    });

    /// <summary>The host keys that were accepted for this deployment.</summary>
    public static string KnownHosts(string deploymentDirectory) => Path.Combine(deploymentDirectory, "known_hosts");

    private string? Absolute(string? file) => file is null ? null : run.Surroundings.Absolute(file);

    // A host that cannot be read is planned for all the same: the run names it, and the others go on.
    private async Task<ImmutableDictionary<string, HostFacts>> ReadFactsAsync(TierSource source, bool acceptNewHostKeys, CancellationToken cancellationToken)
    {
        HostRunner runner = Runner(source.Hosts, RunId.New(), Directory.Path, acceptNewHostKeys);
        var facts = await Task.WhenAll(source.Hosts.Select(async host =>
            (host.Name, Facts: await FindFactsAsync(runner, host.Name, source.Packages, cancellationToken).ConfigureAwait(false)))).ConfigureAwait(false);
        return facts.Where(host => host.Facts is not null).ToImmutableDictionary(host => host.Name, host => host.Facts!);
    }

    private static async Task<HostFacts?> FindFactsAsync(HostRunner runner, string host, ImmutableArray<string> packages, CancellationToken cancellationToken)
    {
        try
        {
            return await runner.ReadFactsAsync(host, packages, cancellationToken).ConfigureAwait(false);
        }
        catch (HostException)
        {
            return null;
        }
    }
}
