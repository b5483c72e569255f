using Twinbus.Hosts.Running;

namespace Twinbus.Hosts.Convergence;

/// <summary>The exclusive right to change a deployment's part on this host, whoever it was that deploys.</summary>
internal static class HostLock
{
    public static DeploymentLock Take(HostLayout layout, string deployment, LockHolder holder)
    {
        Directory.CreateDirectory(layout.Ledgers, WholeFile.RootOnlyDirectory);
        return DeploymentLock.Take(LockPath(layout, deployment), $"Deployment {deployment} on this host", holder);
    }

    /// <summary>Removes the lock file after the deployment itself was.</summary>
    public static void Forget(HostLayout layout, string deployment)
    {
        File.Delete(LockPath(layout, deployment));
        File.Delete(Path.Combine(layout.State, "packages.lock"));
    }

    private static string LockPath(HostLayout layout, string deployment) => Path.Combine(layout.Ledgers, deployment + ".lock");
}
