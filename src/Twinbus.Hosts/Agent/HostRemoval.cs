using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.Agent;

/// <summary>Takes away what a deployment made on a host, latest first, services before all else.</summary>
internal sealed class HostRemoval(
    RemoveRequest request, ResourceKinds kinds, HostLayout layout, TimeProvider clock, Action<HostEvent> tell)
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

            using var context = new ConvergenceContext(Ledger.Open(layout, request.Deployment), kinds, layout, clock, Tell)
            {
                PurgePackages = request.PurgePackages,
            };
            var entries = context.Ledger.Entries.Reverse().OrderBy(e => kinds.Of(e.Kind).IsRemovedFirst ? 0 : 1).ToList();
            foreach (var entry in entries)
            {
                cancellationToken.ThrowIfCancellationRequested();
                held.Note($"{entry.Kind} {entry.Name}");
                var outcome = await RemoveAsync(entry, context, cancellationToken).ConfigureAwait(false);
                tell(new ResourceConverged(entry.Kind, entry.Name, outcome.Action, outcome.Detail));
            }

            HostLock.Forget(layout, request.Deployment, held);
        }

        EmptyDirectory.Remove(Path.GetDirectoryName(layout.SupervisorScripts)!);
    }

    /// <summary>Removes one thing and then its entry, so that an interrupted run removes it again.</summary>
    public static async Task<Outcome> RemoveAsync(LedgerEntry entry, ConvergenceContext context, CancellationToken cancellationToken)
    {
        try
        {
            var outcome = await context.Kinds.Of(entry.Kind).RemoveAsync(entry, context, cancellationToken).ConfigureAwait(false);
            context.Ledger.Remove(entry);
            return outcome;
        }
        catch (Exception e) when (HostAgent.FailureOf(e) is { Kind: null })
        {
            throw new HostException(HostAgent.FailureOf(e)! with { Kind = entry.Kind, Name = entry.Name }, e);
        }
    }
}
