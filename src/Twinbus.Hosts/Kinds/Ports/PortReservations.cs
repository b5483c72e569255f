using System.Collections.Immutable;
using Microsoft.Win32.SafeHandles;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.Kinds.Ports;

/// <summary>The ports that deployments have on this host, by their ledgers.</summary>
internal static class PortReservations
{
    /// <summary>The ledger's word for the ports of a reservation, several in a row as <c>FIRST-LAST</c>, with spaces between.</summary>
    public const string Ports = "ports";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>What a deployment has on this host.</summary>
    public static IReadOnlyList<LedgerEntry> Reservations(this Ledger ledger) =>
        [.. ledger.Entries.Where(entry => entry.Kind == PortReservationResource.KindName)];

    /// <summary>What all deployments but this one have.</summary>
    public static ImmutableArray<ReservedPorts> OfOthers(HostLayout layout, string deployment)
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
    /// Takes the right to reserve ports on this host. It lies on the directory of the ledgers, which cannot go while the
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

            if (clock.GetElapsedTime(start) > Timeout)
            {
                throw new HostException(
                    HostFailureReason.Held,
                    "No ports could be reserved on this host.",
                    $"Another program has had {layout.Ledgers} locked for {Timeout.TotalSeconds:0} s.",
                    "Wait until it ends, then run this again.");
            }

            await Task.Delay(Pause, clock, cancellationToken).ConfigureAwait(false);
        }
    }

    // A run that was killed before it made anything leaves a reservation that is nobody's: it counts while the run is alive.
    private static IEnumerable<ReservedPorts> Of(HostLayout layout, string deployment)
    {
        var ledger = Ledger.Open(layout, deployment);
        return ledger.Reservations().Count == ledger.Entries.Count && !HostLock.IsHeld(layout, deployment)
            ? []
            : ledger.Reservations().SelectMany(entry => Ranges(entry).Select(ports => new ReservedPorts(deployment, entry.Name, ports)));
    }

    private static IEnumerable<PortRange> Ranges(LedgerEntry reservation) =>
        (reservation[Ports] ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(PortRange.Parse);
}
