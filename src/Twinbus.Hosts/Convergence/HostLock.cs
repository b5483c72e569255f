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

    private const int MostAttempts = 5;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public static async Task<DeploymentLock> TakeAsync(
        HostLayout layout, string deployment, LockHolder holder, TimeProvider clock, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            Directory.CreateDirectory(layout.Ledgers, WholeFile.RootOnlyDirectory);
            try
            {
                return await DeploymentLock.TakeAsync(
                    LockPath(layout, deployment), $"Deployment {deployment} on this host", holder, Patience, Pause, clock, cancellationToken)
                    .ConfigureAwait(false);
            }
            catch (DirectoryNotFoundException) when (attempt < MostAttempts)
            {
                // Another deployment came to its end here, and took the empty directory along.
            }
        }
    }

    /// <summary>Whether a run is at work on the deployment's part here.</summary>
    public static bool IsHeld(HostLayout layout, string deployment) => DeploymentLock.IsHeld(LockPath(layout, deployment));

    /// <summary>Removes the lock file after the deployment itself was, and what is then empty.</summary>
    public static void Forget(HostLayout layout, string deployment)
    {
        File.Delete(LockPath(layout, deployment));
        foreach (var unfinished in Ledger.Unfinished(layout, deployment))
        {
            File.Delete(unfinished);
        }

        EmptyDirectory.Remove(layout.Ledgers);
        if (!Directory.Exists(layout.Ledgers))
        {
            File.Delete(Path.Combine(layout.State, "packages.lock"));
        }

        EmptyDirectory.Remove(layout.State);
    }

    private static string LockPath(HostLayout layout, string deployment) => Path.Combine(layout.Ledgers, deployment + ".lock");
}
