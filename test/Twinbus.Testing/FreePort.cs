using System.Net;
using System.Net.Sockets;

namespace Twinbus.Testing;

/// <summary>TCP ports of the loopback interface on which nothing listens.</summary>
public static class FreePort
{
    // Below the kernel's range for outgoing connections (32768 and up): a client that reconnects to a stopped server
    // there can be given the server's own port, connect to itself, and keep the server from coming back.
    private const int First = 20_000;
    private const int Last = 32_000;

    /// <summary>A port that could be bound a moment ago.</summary>
    /// <exception cref="InvalidOperationException">No port was free in 200 attempts.</exception>
    public static int Next()
    {
        for (int attempt = 0; attempt < 200; attempt++)
        {
            int port = Random.Shared.Next(First, Last);
            if (CanBeBound(port))
            {
                return port;
            }
        }

        throw new InvalidOperationException($"No free TCP port was found between {First} and {Last} on 127.0.0.1.");
    }

    private static bool CanBeBound(int port)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            return false;
        }
    }
}
