using Twinbus.Hosts.Resources;

namespace Twinbus.Hosts.Convergence;

/// <summary>The claim is the ledger's entry; nothing else on the host is changed.</summary>
internal sealed class PortClaimConverger : Converger<PortClaimResource>
{
    public override ValueTask<Outcome> RemoveAsync(LedgerEntry entry, HostVisit visit, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Outcome.Delete($"{Text(entry.Ports)} given up"));

    protected override ValueTask<Outcome> ReadAsync(PortClaimResource resource, HostVisit visit, CancellationToken cancellationToken)
    {
        var wanted = EntryOf(resource);
        var found = visit.Ledger.Claims.FirstOrDefault(claim => claim.Name == resource.Name);
        return ValueTask.FromResult(found switch
        {
            null => Outcome.Create($"{Text(wanted.Ports)} claimed"),
            _ when found == wanted => Outcome.AsItShallBe,
            _ => Outcome.Change($"{Text(found.Ports)} -> {Text(wanted.Ports)}"),
        });
    }

    protected override async ValueTask<Outcome> ChangeAsync(
        PortClaimResource resource, Outcome found, HostVisit visit, CancellationToken cancellationToken)
    {
        using var held = await PortClaims.LockAsync(visit.Layout, visit.Clock, cancellationToken).ConfigureAwait(false);
        foreach (var other in PortClaims.OfOthers(visit.Layout, visit.Ledger.Deployment))
        {
            if (resource.Ports.Where(wanted => wanted.First <= other.Ports.Last && other.Ports.First <= wanted.Last).Select(wanted => (PortRange?)wanted).FirstOrDefault() is { } both)
            {
                throw new HostException(
                    HostFailureReason.PortTaken,
                    $"Port {Math.Max(both.First, other.Ports.First)} is no longer free.",
                    $"The deployment {other.Deployment} claimed it for {other.Unit} meanwhile.",
                    "Run this again: other ports are chosen where none are given.");
            }
        }

        visit.Ledger.Add(EntryOf(resource));
        return found;
    }

    // Whether the ports are free is to be known before there is an entry.
    protected override LedgerEntry? Remember(PortClaimResource resource) => null;

    private static LedgerEntry EntryOf(PortClaimResource resource) =>
        new(resource.Kind, resource.Name) { Ports = string.Join(' ', resource.Ports) };

    private static string Text(string? ports) => (ports ?? "").Replace(" ", ", ", StringComparison.Ordinal);
}
