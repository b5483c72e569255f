using Twinbus.Hosts.Agent;
using Twinbus.Hosts.Locks;
using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.Converging;

/// <summary>
/// The exclusive right to change a deployment's part on this host, whoever it was that deploys. Whoever comes second says
/// whom it waits for.
/// </summary>
internal sealed class HostLock(HostLayout layout, string deployment, TimeProvider clock, Action<HostEvent> tell)
{
    /// <summary>
    /// How long a run that is alive is waited for: longer than an agent takes to notice that its deployer is gone
    /// (<see cref="AgentProgram.LongestSilence"/>), so that one which is not alive has said so by then.
    /// </summary>
    private static readonly TimeSpan LiveTimeout = TimeSpan.FromSeconds(60);

    // An abandoned agent ends what it is at. A package installation may itself wait five minutes for other installers,
    // or for a network that is not there, and says nothing meanwhile.
    private static readonly TimeSpan LongestStandstill = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(30);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private string LockPath => PathOf(layout, deployment);

    private string Subject => $"Deployment {deployment} on this host";

    /// <summary>Takes it, as soon as another run gives it up.</summary>
    /// <exception cref="HostException">Another run holds it and does not end (<see cref="HostFailureReason.Held"/>).</exception>
    public async Task<HeldHostLock> TakeAsync(LockHolder holder, CancellationToken cancellationToken)
    {
        DeploymentLock? held = null;
        await WaitAsync(() => (held = Try(holder)) is not null, cancellationToken).ConfigureAwait(false);
        return new HeldHostLock(held!, holder, clock, cancellationToken);
    }

    /// <summary>Waits until no other run is at work. Nothing is written.</summary>
    /// <inheritdoc cref="TakeAsync" path="/exception"/>
    public Task WaitUntilFreeAsync(CancellationToken cancellationToken) => WaitAsync(() => !DeploymentLock.IsHeld(LockPath), cancellationToken);

    /// <summary>Whether a run is at work on the deployment's part here.</summary>
    public static bool IsHeld(HostLayout layout, string deployment) => DeploymentLock.IsHeld(PathOf(layout, deployment));

    /// <summary>Gives it back for good, after the deployment itself was removed, and removes what is then empty.</summary>
    public static void Forget(HostLayout layout, string deployment, HeldHostLock held)
    {
        foreach (var unfinished in Ledger.Unfinished(layout, deployment))
        {
            File.Delete(unfinished);
        }

        held.Remove();
        EmptyDirectory.Remove(layout.Ledgers);
        var packages = Path.Combine(layout.State, "packages.lock");
        if (!Directory.Exists(layout.Ledgers) && !DeploymentLock.IsHeld(packages))
        {
            File.Delete(packages);
        }

        EmptyDirectory.Remove(layout.State);
    }

    private DeploymentLock? Try(LockHolder holder)
    {
        Directory.CreateDirectory(layout.Ledgers, WholeFile.RootOnlyDirectory);
        try
        {
            return DeploymentLock.Take(LockPath, Subject, holder);
        }
        catch (DirectoryNotFoundException)
        {
            // Another deployment came to its end here, and took the empty directory along.
            return null;
        }
        catch (HostException e) when (e.Reason == HostFailureReason.Held)
        {
            return null;
        }
    }

    private async Task WaitAsync(Func<bool> isDone, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        var moved = began;
        LockHolder? last = null;
        while (!isDone())
        {
            var holder = DeploymentLock.HolderOf(LockPath) ?? last;
            if (holder != last)
            {
                (last, moved) = (holder, clock.GetTimestamp());
                tell(new RunAwaited(TextOf(holder!)));
            }

            var isPatient = holder?.Abandoned is null
                ? clock.GetElapsedTime(began) < LiveTimeout
                : clock.GetElapsedTime(moved) < LongestStandstill && clock.GetElapsedTime(began) < LongestWait;
            if (!isPatient)
            {
                throw DeploymentLock.Held(LockPath, Subject, cause: null);
            }

            await Task.Delay(Pause, clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private static string PathOf(HostLayout layout, string deployment) => Path.Combine(layout.Ledgers, deployment + ".lock");

    private static string TextOf(LockHolder holder) => holder.Abandoned is null
        ? $"waiting for {holder.Phrase}"
        : $"waiting for what is left of {holder.Phrase}, which was killed or cut off: {holder.At ?? "it ends"}";
}
