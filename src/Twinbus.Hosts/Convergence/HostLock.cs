using Twinbus.Hosts.Running;

namespace Twinbus.Hosts.Convergence;

/// <summary>The exclusive right to change a deployment's part on this host, whoever it was that deploys.</summary>
internal static class HostLock
{
    /// <summary>
    /// How long to wait for another run's agent. One whose runner was killed or cut off ends within
    /// <see cref="AgentProgram.LongestSilence"/> and the resource at hand; a longer wait is for a run that is alive.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public static async Task<DeploymentLock> TakeAsync(
        HostLayout layout, string deployment, LockHolder holder, TimeProvider clock, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(layout.Ledgers, WholeFile.RootOnlyDirectory);
        return await DeploymentLock.TakeAsync(
            LockPath(layout, deployment), $"Deployment {deployment} on this host", holder, Patience, Pause, clock, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Removes the lock file after the deployment itself was.</summary>
    public static void Forget(HostLayout layout, string deployment)
    {
        File.Delete(LockPath(layout, deployment));
        File.Delete(Path.Combine(layout.State, "packages.lock"));
    }

    private static string LockPath(HostLayout layout, string deployment) => Path.Combine(layout.Ledgers, deployment + ".lock");
}
