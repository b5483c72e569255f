using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Plans;

namespace Twinbus.Hosts.Kinds.Ports;

/// <summary>The reservation is the ledger's entry; nothing else on the host is changed.</summary>
internal sealed class PortReservationConverger : Converger<PortReservationResource>
{
    public override ValueTask<Outcome> RemoveAsync(LedgerEntry entry, ConvergenceContext context, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Outcome.Delete($"{Text(entry[PortReservations.Ports])} released"));

    protected override ValueTask<Outcome> ReadAsync(PortReservationResource resource, ConvergenceContext context, CancellationToken cancellationToken)
    {
        var wanted = EntryOf(resource);
        var found = context.Ledger.Reservations().FirstOrDefault(entry => entry.Name == resource.Name);
        return ValueTask.FromResult(found switch
        {
            null => Outcome.Create($"{Text(wanted[PortReservations.Ports])} reserved"),
            _ when found == wanted => Outcome.UpToDate,
            _ => Outcome.Change($"{Text(found[PortReservations.Ports])} -> {Text(wanted[PortReservations.Ports])}"),
        });
    }

    protected override async ValueTask<Outcome> ChangeAsync(
        PortReservationResource resource, Outcome found, ConvergenceContext context, CancellationToken cancellationToken)
    {
        using var held = await PortReservations.LockAsync(context.Layout, context.Clock, cancellationToken).ConfigureAwait(false);
        foreach (var other in PortReservations.OfOthers(context.Layout, context.Ledger.Deployment))
        {
            if (resource.Ports.Where(wanted => wanted.First <= other.Ports.Last && other.Ports.First <= wanted.Last).Select(wanted => (PortRange?)wanted).FirstOrDefault() is { } both)
            {
                throw new HostException(
                    HostFailureReason.PortTaken,
                    $"Port {Math.Max(both.First, other.Ports.First)} is no longer free.",
                    $"The deployment {other.Deployment} reserved it for {other.Unit} meanwhile.",
                    "Run this again: other ports are chosen where none are given.");
            }
        }

        context.Ledger.Add(EntryOf(resource));
        return found;
    }

    // Whether the ports are free is to be known before there is an entry.
    protected override LedgerEntry? Remember(PortReservationResource resource) => null;

    private static LedgerEntry EntryOf(PortReservationResource resource) =>
        new LedgerEntry(resource.Kind, resource.Name).With(PortReservations.Ports, string.Join(' ', resource.Ports));

    private static string Text(string? ports) => (ports ?? "").Replace(" ", ", ", StringComparison.Ordinal);
}
