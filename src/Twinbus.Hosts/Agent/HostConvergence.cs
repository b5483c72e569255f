using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Kinds.Directories;
using Twinbus.Hosts.Kinds.Ports;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.Agent;

/// <summary>One host on its way to its plan: a check of everything, then, when asked, changes stage by stage.</summary>
internal sealed class HostConvergence(
    ConvergeRequest request, HostPlan plan, ResourceKinds kinds, HostLayout layout, TimeProvider clock, Action<HostEvent> tell)
{
    private HeldHostLock? held;

    /// <returns>The plan that the runner wants checked instead, or null when there is no more to do.</returns>
    public async Task<HostPlan?> RunAsync(ChannelReader<AgentCommand> commands, CancellationToken cancellationToken)
    {
        using var context = new ConvergenceContext(Ledger.Open(layout, request.Deployment), kinds, layout, clock, Tell)
        {
            Planned = [.. plan.Stages.SelectMany(s => s.Resources)],
        };
        await CheckAsync(context, cancellationToken).ConfigureAwait(false);
        var reservations = context.Ledger.Reservations();
        var begun = false;
        try
        {
            while (await commands.WaitToReadAsync(cancellationToken).ConfigureAwait(false) && commands.TryRead(out var command))
            {
                if (command is TakePlan { Plan: var other })
                {
                    return other;
                }

                if (command is not ApplyStage { Stage: var stage })
                {
                    break;
                }

                if (held is null)
                {
                    held = await TakeLockAsync(context, cancellationToken).ConfigureAwait(false);
                    reservations = context.Ledger.Reservations();
                }

                begun |= stage != Stage.Reserve;
                await (stage == Stage.Reserve ? ReserveAsync(context, cancellationToken) : ApplyAsync(stage, context, cancellationToken)).ConfigureAwait(false);
            }

            if (begun)
            {
                // What the next run plans on is the host as this one leaves it.
                tell(new FactsRead(FactsReader.Read(layout, request.Packages, request.Deployment)));
            }
        }
        finally
        {
            if (held is not null && !begun)
            {
                GiveUpReservations(context, reservations);
            }

            if (held is not null && context.Ledger.Entries.Count == 0)
            {
                HostLock.Forget(layout, request.Deployment, held);
            }

            held?.Dispose();
        }

        return null;
    }

    private async Task ReserveAsync(ConvergenceContext context, CancellationToken cancellationToken)
    {
        try
        {
            await ApplyAsync(Stage.Reserve, context, cancellationToken).ConfigureAwait(false);
        }
        catch (HostException e) when (e.Reason == HostFailureReason.PortTaken)
        {
            tell(new ReservationRefused(e.Failure, FactsReader.Read(layout, request.Packages, request.Deployment)));
        }
    }

    // Nothing was made with these ports: the next plan may have others, and whoever wanted them may have them.
    private static void GiveUpReservations(ConvergenceContext context, IReadOnlyList<LedgerEntry> before)
    {
        foreach (var reservation in context.Ledger.Reservations().Except(before))
        {
            context.Ledger.Remove(reservation);
        }

        foreach (var reservation in before)
        {
            context.Ledger.Add(reservation);
        }
    }

    private async Task<HeldHostLock> TakeLockAsync(ConvergenceContext context, CancellationToken cancellationToken)
    {
        // The lock lies in it and makes it: the run has it to report all the same.
        context.StateIsNew = !Directory.Exists(layout.State);
        var taken = await new HostLock(layout, request.Deployment, clock, tell).TakeAsync(request.Holder, cancellationToken).ConfigureAwait(false);

        // Another run may have come to its end since the check.
        context.Ledger = Ledger.Open(layout, request.Deployment);
        return taken;
    }

    private void Tell(HostEvent happened)
    {
        held?.Note(happened);
        tell(happened);
    }

    private async Task CheckAsync(ConvergenceContext context, CancellationToken cancellationToken)
    {
        var outcomes = new StringBuilder();
        var pending = 0;
        foreach (var resource in context.Planned)
        {
            var outcome = await GuardedAsync(
                resource, () => kinds.Of(resource.Kind).ReadAsync(resource, context, cancellationToken)).ConfigureAwait(false);
            if (outcome.IsPending)
            {
                context.NotePending(resource);
            }

            Report(resource.Kind, resource.Name, outcome);
        }

        foreach (var entry in Forsaken(context))
        {
            Report(entry.Kind, entry.Name, Outcome.Delete("no longer needed"));
        }

        var fingerprint = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(outcomes.ToString())));
        tell(new HostChecked(pending, fingerprint));

        void Report(string kind, string name, Outcome outcome)
        {
            pending += outcome.IsPending ? 1 : 0;
            outcomes.Append(kind).Append('\t').Append(name).Append('\t').Append(outcome.Action).Append('\t').Append(outcome.Seen ?? outcome.Detail).Append('\n');
            tell(new ResourceChecked(kind, name, outcome.Action, outcome.Detail));
        }
    }

    private async Task ApplyAsync(Stage stage, ConvergenceContext context, CancellationToken cancellationToken)
    {
        context.BeginChanges();
        tell(new StageBegun(stage));
        if (stage == Stage.Start)
        {
            // A service that goes may hold the port that another one is to have.
            await PruneAsync(Forsaken(context).Where(e => kinds.Of(e.Kind).IsRemovedFirst), context, cancellationToken).ConfigureAwait(false);
        }

        foreach (var resource in plan.Stages.Where(s => s.Stage == stage).SelectMany(s => s.Resources))
        {
            cancellationToken.ThrowIfCancellationRequested();
            held!.Note($"{resource.Kind} {resource.Name}");
            var outcome = await GuardedAsync(resource, () => ConvergeAsync(resource, context, cancellationToken)).ConfigureAwait(false);
            tell(new ResourceConverged(resource.Kind, resource.Name, outcome.Action, outcome.Detail));
        }

        if (stage == Stage.Verify)
        {
            await PruneAsync(Forsaken(context), context, cancellationToken).ConfigureAwait(false);
        }

        tell(new StageEnded(stage));
    }

    private async ValueTask<Outcome> ConvergeAsync(Resource resource, ConvergenceContext context, CancellationToken cancellationToken)
    {
        var converger = kinds.Of(resource.Kind);
        var found = await converger.ReadAsync(resource, context, cancellationToken).ConfigureAwait(false);

        // The lock made it, and whoever gives up the last one takes it along: no deployment's ledger has it.
        var isState = resource is DirectoryResource { Path: var path } && path == context.Layout.State;
        if (isState && context.StateIsNew)
        {
            found = Outcome.Create();
        }

        var isOurs = !isState && (found.Action == ResourceAction.Create || !converger.IsShared);
        var isNew = false;
        if (isOurs && converger.Remember(resource) is { } entry && !context.Ledger.Has(entry))
        {
            isNew = !context.Ledger.Contains(entry.Kind, entry.Name);
            context.Ledger.Add(entry);
        }

        if (found.IsPending)
        {
            return await converger.ChangeAsync(resource, found, context, cancellationToken).ConfigureAwait(false);
        }

        return isNew ? converger.WhenNew(found) : found;
    }

    private async Task PruneAsync(IEnumerable<LedgerEntry> entries, ConvergenceContext context, CancellationToken cancellationToken)
    {
        foreach (var entry in entries.ToList())
        {
            cancellationToken.ThrowIfCancellationRequested();
            held!.Note($"{entry.Kind} {entry.Name}");
            var outcome = await HostRemoval.RemoveAsync(entry, context, cancellationToken).ConfigureAwait(false);
            tell(new ResourceConverged(entry.Kind, entry.Name, outcome.Action, outcome.Detail));
        }
    }

    // Latest first: what was made later stands on what was made before.
    private List<LedgerEntry> Forsaken(ConvergenceContext context)
    {
        var wanted = context.Planned.Select(r => (r.Kind, r.Name)).ToHashSet();
        return
        [
            .. context.Ledger.Entries.Reverse().Where(e =>
                !wanted.Contains((e.Kind, e.Name))
                && !kinds.Of(e.Kind).StaysUntilRemoval
                && !(e.Scope is { } scope && plan.ProvidedElsewhere.Contains(scope))),
        ];
    }

    private static async ValueTask<Outcome> GuardedAsync(Resource resource, Func<ValueTask<Outcome>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception e) when (HostAgent.FailureOf(e) is { Kind: null })
        {
            throw new HostException(HostAgent.FailureOf(e)! with { Kind = resource.Kind, Name = resource.Name }, e);
        }
    }
}
