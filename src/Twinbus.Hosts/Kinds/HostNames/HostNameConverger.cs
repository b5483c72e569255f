using System.Net;
using System.Net.Sockets;
using Twinbus.Hosts.Converging;

namespace Twinbus.Hosts.Kinds.HostNames;

/// <summary>Asks the host's own resolver.</summary>
internal sealed class HostNameConverger : Converger<HostNameResource>
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);

    public override ValueTask<Outcome> RemoveAsync(LedgerEntry entry, ConvergenceContext context, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Outcome.UpToDate);

    protected override async ValueTask<Outcome> ReadAsync(HostNameResource resource, ConvergenceContext context, CancellationToken cancellationToken)
    {
        try
        {
            await Dns.GetHostAddressesAsync(resource.HostName, cancellationToken).WaitAsync(Timeout, context.Clock, cancellationToken).ConfigureAwait(false);
            return Outcome.UpToDate;
        }
        catch (Exception error) when (error is SocketException or TimeoutException)
        {
            throw new HostException(
                HostFailureReason.NameUnknown,
                $"This host does not find the address of {resource.HostName}, another member of its cluster.",
                error is TimeoutException ? $"Its resolver did not answer within {Timeout.TotalSeconds:0} s." : error.Message,
                $"Give the address of {resource.HostName} as ansible_host in the inventory, or make the name known on this host.");
        }
    }

    protected override ValueTask<Outcome> ChangeAsync(HostNameResource resource, Outcome found, ConvergenceContext context, CancellationToken cancellationToken) =>
        ValueTask.FromResult(found);

    protected override LedgerEntry? Remember(HostNameResource resource) => null;
}
