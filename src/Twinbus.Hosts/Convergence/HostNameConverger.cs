using System.Net;
using System.Net.Sockets;
using Twinbus.Hosts.Resources;

namespace Twinbus.Hosts.Convergence;

/// <summary>Asks the host's own resolver.</summary>
internal sealed class HostNameConverger : Converger<HostNameResource>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    public override ValueTask<Outcome> RemoveAsync(LedgerEntry entry, HostVisit visit, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Outcome.AsItShallBe);

    protected override async ValueTask<Outcome> ReadAsync(HostNameResource resource, HostVisit visit, CancellationToken cancellationToken)
    {
        try
        {
            await Dns.GetHostAddressesAsync(resource.HostName, cancellationToken).WaitAsync(Patience, visit.Clock, cancellationToken).ConfigureAwait(false);
            return Outcome.AsItShallBe;
        }
        catch (Exception error) when (error is SocketException or TimeoutException)
        {
            throw new HostException(
                HostFailureReason.NameUnknown,
                $"This host does not find the address of {resource.HostName}, another member of its cluster.",
                error is TimeoutException ? $"Its resolver did not answer within {Patience.TotalSeconds:0} s." : error.Message,
                $"Give the address of {resource.HostName} as ansible_host in the inventory, or make the name known on this host.");
        }
    }

    protected override ValueTask<Outcome> ChangeAsync(HostNameResource resource, Outcome found, HostVisit visit, CancellationToken cancellationToken) =>
        ValueTask.FromResult(found);

    protected override LedgerEntry? Remember(HostNameResource resource) => null;
}
