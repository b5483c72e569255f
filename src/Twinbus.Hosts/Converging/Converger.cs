using Twinbus.Hosts.Plans;

namespace Twinbus.Hosts.Converging;

/// <summary>Reads one kind of resource as it is, compares, and changes what differs. What a kind is beside that, it says here.</summary>
public abstract class Converger
{
    private protected Converger()
    {
    }

    /// <summary>Whether what a host has of it may be somebody else's: then a plan may change it, and only its maker removes it. Default: no.</summary>
    public virtual bool IsShared => false;

    /// <summary>Whether it stays until the whole deployment is removed, also when the plan no longer has it. Default: no.</summary>
    public virtual bool StaysUntilRemoval => false;

    /// <summary>Whether it is removed before all other kinds, and before the stage that starts services: it may hold what others need. Default: no.</summary>
    public virtual bool IsRemovedFirst => false;

    /// <summary>Reads and compares. Changes nothing.</summary>
    /// <param name="resource">How it shall be.</param>
    /// <param name="context">The run.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public abstract ValueTask<Outcome> ReadAsync(Resource resource, ConvergenceContext context, CancellationToken cancellationToken);

    /// <summary>Makes it as the plan says, knowing what <see cref="ReadAsync"/> found, and says what was done.</summary>
    /// <param name="resource">How it shall be.</param>
    /// <param name="found">What was found.</param>
    /// <param name="context">The run.</param>
    /// <param name="cancellationToken">Ends the change.</param>
    public abstract ValueTask<Outcome> ChangeAsync(
        Resource resource, Outcome found, ConvergenceContext context, CancellationToken cancellationToken);

    /// <summary>Removes what an earlier run made. What is gone already is no error.</summary>
    /// <param name="entry">What the earlier run remembered.</param>
    /// <param name="context">The run.</param>
    /// <param name="cancellationToken">Ends the removal.</param>
    /// <returns>Whether anything was removed.</returns>
    public abstract ValueTask<Outcome> RemoveAsync(LedgerEntry entry, ConvergenceContext context, CancellationToken cancellationToken);

    /// <summary>What must be remembered to remove it; null when removing it is not Twinbus's to do.</summary>
    /// <param name="resource">What is about to be made.</param>
    public abstract LedgerEntry? Remember(Resource resource);

    /// <summary>What to report of something that nobody remembers to have made and that is up to date all the same. Default: that.</summary>
    /// <param name="found">What was found.</param>
    public virtual Outcome WhenNew(Outcome found) => found;
}
