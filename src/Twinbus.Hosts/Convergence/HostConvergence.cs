using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Twinbus.Hosts.Resources;
using Twinbus.Hosts.Running;

namespace Twinbus.Hosts.Convergence;

/// <summary>One host on its way to its plan: a check of everything, then, when asked, changes stage by stage.</summary>
internal sealed class HostConvergence(ConvergeRequest request, HostPlan plan, HostLayout layout, TimeProvider clock, Action<HostEvent> tell)
{
    // What a plan may change on something that another owner made; removing it is not ours to do.
    private static readonly string[] SharedKinds = [PackageResource.KindName, UserResource.KindName, DirectoryResource.KindName];

    private HostHold? held;

    /// <returns>The plan that the runner wants checked instead, or null when there is no more to do.</returns>
    public async Task<HostPlan?> RunAsync(ChannelReader<AgentCommand> commands, CancellationToken cancellationToken)
    {
        using var visit = new HostVisit(layout, clock, Tell)
        {
            Ledger = Ledger.Open(layout, request.Deployment),
            Managements = Managements(),
        };
        await CheckAsync(visit, cancellationToken).ConfigureAwait(false);
        var claims = visit.Ledger.Claims;
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
                    held = await TakeLockAsync(visit, cancellationToken).ConfigureAwait(false);
                    claims = visit.Ledger.Claims;
                }

                begun |= stage != Stage.Claim;
                await (stage == Stage.Claim ? ClaimAsync(visit, cancellationToken) : ApplyAsync(stage, visit, cancellationToken)).ConfigureAwait(false);
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
                GiveUpClaims(visit, claims);
            }

            if (held is not null && visit.Ledger.Entries.Count == 0)
            {
                HostLock.Forget(layout, request.Deployment, held);
            }

            held?.Dispose();
        }

        return null;
    }

    private async Task ClaimAsync(HostVisit visit, CancellationToken cancellationToken)
    {
        try
        {
            await ApplyAsync(Stage.Claim, visit, cancellationToken).ConfigureAwait(false);
        }
        catch (HostException e) when (e.Reason == HostFailureReason.PortTaken)
        {
            tell(new ClaimRefused(e.Failure, FactsReader.Read(layout, request.Packages, request.Deployment)));
        }
    }

    // Nothing was made with these ports: the next plan may have others, and whoever wanted them may have them.
    private static void GiveUpClaims(HostVisit visit, IReadOnlyList<LedgerEntry> before)
    {
        foreach (var claim in visit.Ledger.Claims.Except(before))
        {
            visit.Ledger.Remove(claim);
        }

        foreach (var claim in before)
        {
            visit.Ledger.Add(claim);
        }
    }

    private async Task<HostHold> TakeLockAsync(HostVisit visit, CancellationToken cancellationToken)
    {
        // The lock lies in it and makes it: the run has it to report all the same.
        visit.StateIsNew = !Directory.Exists(layout.State);
        var taken = await new HostLock(layout, request.Deployment, clock, tell).TakeAsync(request.Holder, cancellationToken).ConfigureAwait(false);

        // Another run may have come to its end since the check.
        visit.Ledger = Ledger.Open(layout, request.Deployment);
        return taken;
    }

    private void Tell(HostEvent happened)
    {
        held?.Note(happened);
        tell(happened);
    }

    private async Task CheckAsync(HostVisit visit, CancellationToken cancellationToken)
    {
        var outcomes = new StringBuilder();
        var pending = 0;
        foreach (var resource in plan.Stages.SelectMany(s => s.Resources))
        {
            var outcome = await GuardedAsync(
                resource, () => Convergers.Of(resource.Kind).ReadAsync(resource, visit, cancellationToken)).ConfigureAwait(false);
            if (outcome.IsPending)
            {
                visit.NotePending(resource);
            }

            Report(resource.Kind, resource.Name, outcome);
        }

        foreach (var entry in Forsaken(visit))
        {
            Report(entry.Kind, entry.Name, Outcome.Delete("removed: the plan no longer has it"));
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

    private async Task ApplyAsync(Stage stage, HostVisit visit, CancellationToken cancellationToken)
    {
        visit.BeginChanges();
        tell(new StageBegun(stage));
        if (stage == Stage.Start)
        {
            // A service that goes may hold the port that another one is to have.
            await PruneAsync(Forsaken(visit).Where(e => e.Kind == ServiceResource.KindName), visit, cancellationToken).ConfigureAwait(false);
        }

        foreach (var resource in plan.Stages.Where(s => s.Stage == stage).SelectMany(s => s.Resources))
        {
            cancellationToken.ThrowIfCancellationRequested();
            held!.Note($"{resource.Kind} {resource.Name}");
            var outcome = await GuardedAsync(resource, () => ConvergeAsync(resource, visit, cancellationToken)).ConfigureAwait(false);
            tell(new ResourceConverged(resource.Kind, resource.Name, outcome.Action, outcome.Detail));
        }

        if (stage == Stage.Verify)
        {
            await PruneAsync(Forsaken(visit), visit, cancellationToken).ConfigureAwait(false);
        }

        tell(new StageEnded(stage));
    }

    private static async ValueTask<Outcome> ConvergeAsync(Resource resource, HostVisit visit, CancellationToken cancellationToken)
    {
        var converger = Convergers.Of(resource.Kind);
        var found = await converger.ReadAsync(resource, visit, cancellationToken).ConfigureAwait(false);

        // The lock made it, and whoever gives up the last one takes it along: no deployment's ledger has it.
        var isState = resource is DirectoryResource { Path: var path } && path == visit.Layout.State;
        if (isState && visit.StateIsNew)
        {
            found = Outcome.Create();
        }

        var isOurs = !isState && (found.Action == ResourceAction.Create || !SharedKinds.Contains(resource.Kind));
        var isNew = false;
        if (isOurs && converger.Remember(resource) is { } entry && !visit.Ledger.IsSettled(entry))
        {
            isNew = !visit.Ledger.Contains(entry.Kind, entry.Name);
            visit.Ledger.Add(entry);
        }

        if (found.IsPending)
        {
            return await converger.ChangeAsync(resource, found, visit, cancellationToken).ConfigureAwait(false);
        }

        // A broker's first start makes what its definitions file names: the check announced it, so it is reported.
        return isNew && resource is IBrokerEntity ? Outcome.Create("created by the broker's first start") : found;
    }

    private async Task PruneAsync(IEnumerable<LedgerEntry> entries, HostVisit visit, CancellationToken cancellationToken)
    {
        foreach (var entry in entries.ToList())
        {
            cancellationToken.ThrowIfCancellationRequested();
            held!.Note($"{entry.Kind} {entry.Name}");
            var outcome = await HostRemoval.RemoveAsync(entry, visit, cancellationToken).ConfigureAwait(false);
            tell(new ResourceConverged(entry.Kind, entry.Name, outcome.Action, outcome.Detail));
        }
    }

    // Latest first: what was made later stands on what was made before.
    private List<LedgerEntry> Forsaken(HostVisit visit)
    {
        var resources = plan.Stages.SelectMany(s => s.Resources).ToList();
        var wanted = resources.Select(r => (r.Kind, r.Name)).ToHashSet();

        // What is inside a cluster is in the plan of one member; that it is not in this one's says nothing.
        var elsewhere = resources.OfType<RabbitMqClusterResource>().Where(c => !c.Provisions).Select(c => c.Management.Instance).ToHashSet();
        return
        [
            .. visit.Ledger.Entries.Reverse().Where(e =>
                !wanted.Contains((e.Kind, e.Name))
                && e.Kind != PackageResource.KindName
                && !(e.Instance is { } instance && elsewhere.Contains(instance))),
        ];
    }

    private Dictionary<string, RabbitMqManagement> Managements()
    {
        var managements = new Dictionary<string, RabbitMqManagement>(StringComparer.Ordinal);
        foreach (var resource in plan.Stages.SelectMany(s => s.Resources))
        {
            if (resource is IBrokerEntity { Management: var management })
            {
                managements.TryAdd(management.Instance, management);
            }
        }

        return managements;
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
