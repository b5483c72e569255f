using Twinbus.Hosts.Resources;

namespace Twinbus.Hosts.Convergence;

/// <summary>
/// Makes a running node a member of exactly its cluster. Each host answers for its own node and its own replicas; the
/// one that provisions also lets go of members that left the plan. Hosts take turns.
/// </summary>
internal sealed class RabbitMqClusterConverger : Converger<RabbitMqClusterResource>
{
    public override ValueTask<Outcome> RemoveAsync(LedgerEntry entry, HostVisit visit, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Outcome.AsItShallBe);

    protected override async ValueTask<Outcome> ReadAsync(
        RabbitMqClusterResource resource, HostVisit visit, CancellationToken cancellationToken)
    {
        var broker = visit.Brokers.Of(resource.Management);
        if (visit.Changes)
        {
            await broker.OpenAsync(cancellationToken).ConfigureAwait(false);
        }

        if (await ClusterView.FindAsync(resource, broker, cancellationToken).ConfigureAwait(false) is { } view)
        {
            view.ThrowIfRefused();
            return Outcome.Of([.. view.Differences()]);
        }

        return visit.Ledger.Contains(resource.Kind, resource.Name)
            ? Outcome.AsItShallBe with { Detail = "not readable before its broker is up" }
            : Outcome.Create();
    }

    protected override async ValueTask<Outcome> ChangeAsync(
        RabbitMqClusterResource resource, Outcome found, HostVisit visit, CancellationToken cancellationToken)
    {
        var change = new ClusterChange(resource, visit);
        await change.JoinAsync(cancellationToken).ConfigureAwait(false);
        await change.AwaitMembersAsync(cancellationToken).ConfigureAwait(false);
        await change.LetGoAsync(cancellationToken).ConfigureAwait(false);
        await change.GrowAsync(resource.Membership.Management.Node!.NodeName, cancellationToken).ConfigureAwait(false);
        return found;
    }

    protected override LedgerEntry Remember(RabbitMqClusterResource resource) =>
        new(resource.Kind, resource.Name) { Instance = resource.Management.Instance };
}
