using Twinbus.Hosts.Resources;
using Twinbus.Hosts.Running;

namespace Twinbus.Hosts.Convergence;

/// <summary>Takes away what a deployment made on a host, latest first, services before all else.</summary>
internal sealed class HostRemoval(RemoveRequest request, HostLayout layout, TimeProvider clock, Action<HostEvent> tell)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using (var held = await new HostLock(layout, request.Deployment, clock, tell).TakeAsync(request.Holder, cancellationToken).ConfigureAwait(false))
        {
            void Tell(HostEvent happened)
            {
                held.Note(happened);
                tell(happened);
            }

            using var visit = new HostVisit(layout, clock, Tell)
            {
                Ledger = Ledger.Open(layout, request.Deployment),
                PurgePackages = request.PurgePackages,
            };
            var entries = visit.Ledger.Entries.Reverse().OrderBy(e => e.Kind == ServiceResource.KindName ? 0 : 1).ToList();
            foreach (var entry in entries)
            {
                cancellationToken.ThrowIfCancellationRequested();
                held.Note($"{entry.Kind} {entry.Name}");
                var outcome = await RemoveAsync(entry, visit, cancellationToken).ConfigureAwait(false);
                tell(new ResourceConverged(entry.Kind, entry.Name, outcome.Action, outcome.Detail));
            }

            HostLock.Forget(layout, request.Deployment, held);
        }

        EmptyDirectory.Remove(Path.GetDirectoryName(layout.SupervisorScripts)!);
    }

    /// <summary>Removes one thing and then its entry, so that an interrupted run removes it again.</summary>
    public static async Task<Outcome> RemoveAsync(LedgerEntry entry, HostVisit visit, CancellationToken cancellationToken)
    {
        try
        {
            var outcome = await Convergers.Of(entry.Kind).RemoveAsync(entry, visit, cancellationToken).ConfigureAwait(false);
            visit.Ledger.Remove(entry);
            return outcome;
        }
        catch (Exception e) when (HostAgent.FailureOf(e) is { Kind: null })
        {
            throw new HostException(HostAgent.FailureOf(e)! with { Kind = entry.Kind, Name = entry.Name }, e);
        }
    }
}
