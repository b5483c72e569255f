using Twinbus.Hosts.Resources;

namespace Twinbus.Hosts.Convergence;

/// <summary>What all convergers of things inside a broker share: how to read while the broker cannot be read.</summary>
internal abstract class BrokerEntityConverger<TResource> : Converger<TResource>
    where TResource : Resource, IBrokerEntity
{
    public override async ValueTask<Outcome> RemoveAsync(LedgerEntry entry, HostVisit visit, CancellationToken cancellationToken)
    {
        // Without a way into its broker it goes with the broker's data.
        if (visit.ManagementOf(entry.Instance!) is not { } management)
        {
            return Outcome.AsItShallBe;
        }

        var broker = visit.Brokers.Of(management);
        var definitions = await broker.OpenAsync(cancellationToken).ConfigureAwait(false);
        if (!Exists(definitions, entry))
        {
            return Outcome.AsItShallBe;
        }

        await DeleteAsync(broker, entry, cancellationToken).ConfigureAwait(false);
        return Outcome.Delete();
    }

    protected override async ValueTask<Outcome> ReadAsync(TResource resource, HostVisit visit, CancellationToken cancellationToken)
    {
        var broker = visit.Brokers.Of(resource.Management);
        if (visit.Changes)
        {
            return Compare(await broker.OpenAsync(cancellationToken).ConfigureAwait(false), resource, broker);
        }

        var (_, definitions) = await broker.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (definitions is not null)
        {
            return Compare(definitions, resource, broker);
        }

        // It cannot be read before the broker is up again: pending when it is new, else most likely as it shall be.
        return visit.Ledger.Contains(resource.Kind, resource.Name) || Remember(resource) is null
            ? WhenUnreadable(resource, broker)
            : Outcome.Create();
    }

    protected abstract Outcome Compare(BrokerDefinitions found, TResource resource, Broker broker);

    protected abstract bool Exists(BrokerDefinitions found, LedgerEntry entry);

    protected abstract Task DeleteAsync(Broker broker, LedgerEntry entry, CancellationToken cancellationToken);

    /// <summary>What to report of a thing that was made before, while its broker cannot be read.</summary>
    protected virtual Outcome WhenUnreadable(TResource resource, Broker broker) =>
        Outcome.AsItShallBe with { Detail = "not readable before its broker is up" };
}
