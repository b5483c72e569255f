using System.Net;
using System.Net.Sockets;
using Twinbus.Deployment.Model;

namespace Twinbus.Operations.Health;

/// <summary>The first stage: the name resolves and something accepts connections at the port. No byte is sent.</summary>
internal static class ConnectCheck
{
    public static async Task<string> RunAsync(MessagingEndpoint endpoint, ServiceRemedies remedies, CancellationToken cancellationToken)
    {
        IPAddress[] addresses = await ResolveAsync(endpoint.Host, cancellationToken).ConfigureAwait(false);
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(addresses, endpoint.Port, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException refused)
        {
            throw new CheckFailedException(
                refused.SocketErrorCode switch
                {
                    SocketError.ConnectionRefused => $"nothing listens on port {endpoint.Port}: {remedies.NobodyListens}",
                    SocketError.HostUnreachable or SocketError.NetworkUnreachable => $"no route to {endpoint.Host}: check the network and the firewall",
                    _ => $"no connection to port {endpoint.Port}: {refused.Message}",
                },
                refused);
        }

        return $"port {endpoint.Port} accepts connections";
    }

    private static async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out IPAddress? address))
        {
            return [address];
        }

        try
        {
            return await Dns.GetHostAddressesAsync(host, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException unknown)
        {
            throw new CheckFailedException($"the name {host} does not resolve ({unknown.Message}): check DNS or /etc/hosts", unknown);
        }
    }
}
