using System.Collections.Immutable;
using Twinbus.Deployment.Model;
using Twinbus.Hosts.Running;

namespace Twinbus.Operations.Deploys;

/// <summary>Makes runners for the hosts of a deployment.</summary>
internal static class HostRunners
{
    /// <summary>A runner that knows how to reach <paramref name="hosts"/>.</summary>
    public static HostRunner For(IEnumerable<DeploymentHost> hosts, string runId, string deploymentDirectory, HostReach reach) => new(new RunnerOptions
    {
        RunId = runId,
        KnownHostsFile = KnownHosts(deploymentDirectory),
        AcceptNewHostKeys = reach.AcceptNewHostKeys,
        Parallel = reach.Parallel,
        Connections = hosts.ToImmutableDictionary(host => host.Name, ConnectionOf),
    });

    /// <summary>The host keys that were accepted for the deployment.</summary>
    public static string KnownHosts(string deploymentDirectory) => Path.Combine(deploymentDirectory, "known_hosts");

    private static HostConnection ConnectionOf(DeploymentHost host) => host.IsLocal
        ? new LocalConnection()
        : new SshConnection { Address = host.Address, Port = host.SshPort, User = host.SshUser, KeyFile = host.SshKeyFile, Arguments = host.SshArguments };
}
