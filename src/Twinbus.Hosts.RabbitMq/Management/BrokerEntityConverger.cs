using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Plans;

namespace Twinbus.Hosts.RabbitMq.Management;

/// <summary>What all convergers of things inside a broker share: how to read while the broker cannot be read.</summary>
internal abstract class BrokerEntityConverger<TResource> : Converger<TResource>
    where TResource : Resource, IBrokerEntity
{
    /// <summary>The ledger's word for a virtual host.</summary>
    protected const string VirtualHost = "virtualHost";

    /// <summary>The ledger's word for a name inside the broker.</summary>
    protected const string Entity = "entity";

    // A broker's first start makes what its definitions file names: the check announced it, so it is reported.
    public override Outcome WhenNew(Outcome found) => Outcome.Create("created by the broker's first start");

    public override async ValueTask<Outcome> RemoveAsync(LedgerEntry entry, ConvergenceContext context, CancellationToken cancellationToken)
    {
        // Without a way into its broker it goes with the broker's data.
        if (ManagementApis.Of(context).Find(entry.Scope!) is not { } broker)
        {
            return Outcome.UpToDate;
        }

        var definitions = await broker.OpenAsync(cancellationToken).ConfigureAwait(false);
        if (!Exists(definitions, entry))
        {
            return Outcome.UpToDate;
        }

        await DeleteAsync(broker, entry, cancellationToken).ConfigureAwait(false);
        return Outcome.Delete();
    }

    protected override async ValueTask<Outcome> ReadAsync(TResource resource, ConvergenceContext context, CancellationToken cancellationToken)
    {
        var broker = ManagementApis.Of(context).Of(resource.Management);
        if (context.Changes)
        {
            return Compare(await broker.OpenAsync(cancellationToken).ConfigureAwait(false), resource, broker);
        }

        var (_, definitions) = await broker.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (definitions is not null)
        {
            return Compare(definitions, resource, broker);
        }

        // It cannot be read before the broker is up again: pending when it is new, else most likely up to date.
        return context.Remembers(resource.Kind, resource.Name) || Remember(resource) is null
            ? WhenUnreadable(resource, broker)
            : Outcome.Create();
    }

    /// <summary>What an earlier run needs to know to remove it.</summary>
    protected static LedgerEntry EntryOf(TResource resource) => new(resource.Kind, resource.Name) { Scope = resource.Management.Instance };

    protected abstract Outcome Compare(Definitions found, TResource resource, ManagementApi broker);

    protected abstract bool Exists(Definitions found, LedgerEntry entry);

    protected abstract Task DeleteAsync(ManagementApi broker, LedgerEntry entry, CancellationToken cancellationToken);

    /// <summary>What to report of a thing that was made before, while its broker cannot be read.</summary>
    protected virtual Outcome WhenUnreadable(TResource resource, ManagementApi broker) =>
        Outcome.UpToDate with { Detail = "not readable before its broker is up" };
}
