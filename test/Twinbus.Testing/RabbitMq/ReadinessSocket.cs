using System.Net.Sockets;
using System.Text;

namespace Twinbus.Testing.RabbitMq;

/// <summary>The receiving end of systemd's readiness protocol: a service says <c>READY=1</c>, so nobody has to poll it.</summary>
public sealed class ReadinessSocket : IDisposable
{
    private readonly Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    /// <summary>Binds the socket at <paramref name="path"/>, which goes into the service's <c>NOTIFY_SOCKET</c>.</summary>
    public ReadinessSocket(string path)
    {
        File.Delete(path);
        socket.Bind(new UnixDomainSocketEndPoint(path));
    }

    /// <summary>Completes when the service says that it is ready.</summary>
    public async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[4096];
        while (true)
        {
            int received = await socket.ReceiveAsync(buffer, cancellationToken);
            if (Encoding.UTF8.GetString(buffer, 0, received).Split('\n').Contains("READY=1"))
            {
                return;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => socket.Dispose();
}
