using System.Net;
using System.Net.Sockets;

namespace Twinbus.Messaging.RabbitMq.Tests;

/// <summary>Stands between a client and a broker, and can swallow what the broker says on the connections that there are.</summary>
internal sealed class DeafRelay : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource ending = new();
    private readonly int brokerPort;
    private readonly Task accepting;
    private int generation;
    private int cut;

    public DeafRelay(int brokerPort)
    {
        this.brokerPort = brokerPort;
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>How many connections there were.</summary>
    public int Connections { get; private set; }

    /// <summary>From now on nothing of the broker's reaches those who are connected; whoever comes later is served.</summary>
    public void Deafen() => Interlocked.Increment(ref generation);

    /// <summary>As <see cref="Deafen"/>, and what they say is not taken either: it fills the buffers on the way, as when a network is cut.</summary>
    public void Cut()
    {
        Interlocked.Increment(ref cut);
        Deafen();
    }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        listener.Stop();
        await accepting;
        ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> pumps = [];
        try
        {
            while (true)
            {
                TcpClient client = await listener.AcceptTcpClientAsync(ending.Token);
                var broker = new TcpClient();
                await broker.ConnectAsync(IPAddress.Loopback, brokerPort, ending.Token);
                Connections++;
                int born = Volatile.Read(ref generation);
                int whole = Volatile.Read(ref cut);
                pumps.Add(PumpAsync(client, broker, () => false, () => Volatile.Read(ref cut) != whole));
                pumps.Add(PumpAsync(broker, client, () => Volatile.Read(ref generation) != born, () => false));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(pumps);
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to, Func<bool> swallows, Func<bool> isCut)
    {
        byte[] buffer = new byte[64 * 1024];
        try
        {
            int count;
            while ((count = await from.GetStream().ReadAsync(buffer, ending.Token)) > 0)
            {
                if (isCut())
                {
                    await Task.Delay(Timeout.Infinite, ending.Token);
                }

                if (!swallows())
                {
                    await to.GetStream().WriteAsync(buffer.AsMemory(0, count), ending.Token);
                }
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // One side is gone: so is the other.
        }

        from.Dispose();
        to.Dispose();
    }
}
