using Twinbus.Hosts.Converging;
using Twinbus.Hosts.RabbitMq.Management;

namespace Twinbus.Hosts.RabbitMq.Cluster;

/// <summary>
/// Makes a running node a member of exactly its cluster. Each host answers for its own node and its own replicas; the
/// one that provisions also removes members that left the plan. Hosts take turns.
/// </summary>
internal sealed class RabbitMqClusterConverger : Converger<RabbitMqClusterResource>
{
    // Members find each other at their first start: the check announced it, so it is reported.
    public override Outcome WhenNew(Outcome found) => Outcome.Create("created by the broker's first start");

    public override ValueTask<Outcome> RemoveAsync(LedgerEntry entry, ConvergenceContext context, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Outcome.UpToDate);

    protected override async ValueTask<Outcome> ReadAsync(
        RabbitMqClusterResource resource, ConvergenceContext context, CancellationToken cancellationToken)
    {
        var broker = ManagementApis.Of(context).Of(resource.Management);
        if (context.Changes)
        {
            await broker.OpenAsync(cancellationToken).ConfigureAwait(false);
        }

        if (await ClusterView.FindAsync(resource, broker, cancellationToken).ConfigureAwait(false) is { } view)
        {
            view.ThrowIfRefused();
            return Outcome.Of([.. view.Differences()]);
        }

        return context.Remembers(resource.Kind, resource.Name)
            ? Outcome.UpToDate with { Detail = "not readable before its broker is up" }
            : Outcome.Create();
    }

    protected override async ValueTask<Outcome> ChangeAsync(
        RabbitMqClusterResource resource, Outcome found, ConvergenceContext context, CancellationToken cancellationToken)
    {
        var change = new ClusterChange(resource, context);
        await change.JoinAsync(cancellationToken).ConfigureAwait(false);
        await change.AwaitMembersAsync(cancellationToken).ConfigureAwait(false);
        await change.RemoveLeavingAsync(cancellationToken).ConfigureAwait(false);
        await change.GrowAsync(resource.Membership.Management.Node!.NodeName, cancellationToken).ConfigureAwait(false);
        return found;
    }

    protected override LedgerEntry Remember(RabbitMqClusterResource resource) =>
        new(resource.Kind, resource.Name) { Scope = resource.Management.Instance };
}
