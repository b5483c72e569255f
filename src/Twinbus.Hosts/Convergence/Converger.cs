using Twinbus.Hosts.Resources;

namespace Twinbus.Hosts.Convergence;

/// <summary>Reads one kind of resource as it is, compares, and changes what differs.</summary>
internal abstract class Converger
{
    /// <summary>Reads and compares. Changes nothing.</summary>
    public abstract ValueTask<Outcome> ReadAsync(Resource resource, HostVisit visit, CancellationToken cancellationToken);

    /// <summary>Makes it as it shall be, knowing what <see cref="ReadAsync"/> found, and says what was done.</summary>
    public abstract ValueTask<Outcome> ChangeAsync(
        Resource resource, Outcome found, HostVisit visit, CancellationToken cancellationToken);

    /// <summary>Removes what an earlier run made. What is gone already is no error.</summary>
    /// <returns>Whether anything was removed.</returns>
    public abstract ValueTask<Outcome> RemoveAsync(LedgerEntry entry, HostVisit visit, CancellationToken cancellationToken);

    /// <summary>What must be remembered to remove it; null when removing it is not Twinbus's to do.</summary>
    public abstract LedgerEntry? Remember(Resource resource);
}

/// <summary>A converger of one resource type.</summary>
internal abstract class Converger<TResource> : Converger
    where TResource : Resource
{
    public sealed override ValueTask<Outcome> ReadAsync(
        Resource resource, HostVisit visit, CancellationToken cancellationToken) =>
        ReadAsync((TResource)resource, visit, cancellationToken);

    public sealed override ValueTask<Outcome> ChangeAsync(
        Resource resource, Outcome found, HostVisit visit, CancellationToken cancellationToken) =>
        ChangeAsync((TResource)resource, found, visit, cancellationToken);

    public sealed override LedgerEntry? Remember(Resource resource) => Remember((TResource)resource);

    protected abstract ValueTask<Outcome> ReadAsync(TResource resource, HostVisit visit, CancellationToken cancellationToken);

    protected abstract ValueTask<Outcome> ChangeAsync(
        TResource resource, Outcome found, HostVisit visit, CancellationToken cancellationToken);

    protected abstract LedgerEntry? Remember(TResource resource);
}
