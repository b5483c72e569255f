using System.Collections.Immutable;
using Microsoft.Win32.SafeHandles;
using Twinbus.Hosts.Resources;
using Twinbus.Hosts.Running;

namespace Twinbus.Hosts.Convergence;

/// <summary>The ports that deployments have on this host, by their ledgers.</summary>
internal static class PortClaims
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>What all deployments but this one have.</summary>
    public static ImmutableArray<ClaimedPorts> OfOthers(HostLayout layout, string deployment)
    {
        if (!Directory.Exists(layout.Ledgers))
        {
            return [];
        }

        return
        [
            .. Directory.EnumerateFiles(layout.Ledgers, "*.json")
                .Select(file => Path.GetFileNameWithoutExtension(file))
                .Where(other => other != deployment)
                .Order(StringComparer.Ordinal)
                .SelectMany(other => Of(layout, other)),
        ];
    }

    /// <summary>
    /// Takes the right to claim ports on this host. It lies on the directory of the ledgers, which cannot go while the
    /// caller's own lock is in it, so that nothing stays behind.
    /// </summary>
    public static async Task<SafeFileHandle> LockAsync(HostLayout layout, TimeProvider clock, CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        while (true)
        {
            if (Posix.TryLockDirectory(layout.Ledgers) is { } held)
            {
                return held;
            }

            if (clock.GetElapsedTime(start) > Patience)
            {
                throw new HostException(
                    HostFailureReason.Held,
                    "No ports could be claimed on this host.",
                    $"Another program has had {layout.Ledgers} locked for {Patience.TotalSeconds:0} s.",
                    "Wait until it ends, then run this again.");
            }

            await Task.Delay(Pause, clock, cancellationToken).ConfigureAwait(false);
        }
    }

    // A run that was killed before it made anything leaves a claim that is nobody's: it counts while the run is alive.
    private static IEnumerable<ClaimedPorts> Of(HostLayout layout, string deployment)
    {
        var ledger = Ledger.Open(layout, deployment);
        return ledger.Claims.Count == ledger.Entries.Count && !HostLock.IsHeld(layout, deployment)
            ? []
            : ledger.Claims.SelectMany(claim => Ranges(claim).Select(ports => new ClaimedPorts(deployment, claim.Name, ports)));
    }

    private static IEnumerable<PortRange> Ranges(LedgerEntry claim) =>
        (claim.Ports ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(PortRange.Parse);
}
