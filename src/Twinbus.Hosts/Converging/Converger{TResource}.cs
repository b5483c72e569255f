using Twinbus.Hosts.Plans;

namespace Twinbus.Hosts.Converging;

/// <summary>A converger of one type of resource.</summary>
/// <typeparam name="TResource">The type.</typeparam>
public abstract class Converger<TResource> : Converger
    where TResource : Resource
{
    /// <inheritdoc/>
    public sealed override ValueTask<Outcome> ReadAsync(
        Resource resource, ConvergenceContext context, CancellationToken cancellationToken) =>
        ReadAsync((TResource)resource, context, cancellationToken);

    /// <inheritdoc/>
    public sealed override ValueTask<Outcome> ChangeAsync(
        Resource resource, Outcome found, ConvergenceContext context, CancellationToken cancellationToken) =>
        ChangeAsync((TResource)resource, found, context, cancellationToken);

    /// <inheritdoc/>
    public sealed override LedgerEntry? Remember(Resource resource) => Remember((TResource)resource);

    /// <inheritdoc cref="Converger.ReadAsync"/>
    protected abstract ValueTask<Outcome> ReadAsync(TResource resource, ConvergenceContext context, CancellationToken cancellationToken);

    /// <inheritdoc cref="Converger.ChangeAsync"/>
    protected abstract ValueTask<Outcome> ChangeAsync(
        TResource resource, Outcome found, ConvergenceContext context, CancellationToken cancellationToken);

    /// <inheritdoc cref="Converger.Remember"/>
    protected abstract LedgerEntry? Remember(TResource resource);
}
