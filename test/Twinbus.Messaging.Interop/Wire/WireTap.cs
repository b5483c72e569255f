using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Twinbus.Testing;
using Twinbus.Testing.RabbitMq;

namespace Twinbus.Messaging.Interop.Wire;

/// <summary>
/// A relay in front of the broker that writes down what clients say, so that two clients can be compared by what is on
/// the wire and not by what they were asked to do.
/// </summary>
internal sealed class WireTap : IAsyncDisposable
{
    // A fixed port below the range of outgoing connections, for the reason that FreePort gives.
    private readonly TcpListener listener = new(IPAddress.Loopback, FreePort.Next());
    private readonly CancellationTokenSource stopping = new();
    private readonly List<Capture> captures = [];
    private readonly List<(Func<Capture, bool> Wanted, TaskCompletionSource<Capture> Waiter)> waiting = [];
    private readonly List<Task> relays = [];
    private readonly List<Socket> clients = [];
    private readonly int brokerPort;
    private readonly Task accepting;

    public WireTap(int brokerPort)
    {
        this.brokerPort = brokerPort;
        listener.Start();
        accepting = AcceptAsync();
    }

    /// <summary>Everything said so far, on all connections, in the order in which it passed.</summary>
    public IReadOnlyList<Capture> Captures
    {
        get
        {
            lock (captures)
            {
                return [.. captures];
            }
        }
    }

    /// <summary>The first capture, of those so far or to come, for which <paramref name="wanted"/> is true; null when none came in time.</summary>
    public Task<Capture?> NextAsync(Func<Capture, bool> wanted, TimeSpan limit, CancellationToken cancellationToken) =>
        NthAsync(1, wanted, limit, cancellationToken);

    /// <summary>The capture that is the <paramref name="count"/>th for which <paramref name="wanted"/> is true; null when it did not come in time.</summary>
    public async Task<Capture?> NthAsync(int count, Func<Capture, bool> wanted, TimeSpan limit, CancellationToken cancellationToken)
    {
        TaskCompletionSource<Capture> waiter = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int left = count;
        bool Counted(Capture capture) => wanted(capture) && --left == 0;
        lock (captures)
        {
            if (captures.FirstOrDefault(Counted) is { } early)
            {
                return early;
            }

            waiting.Add((Counted, waiter));
        }

        try
        {
            return await waiter.Task.WaitAsync(limit, cancellationToken);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Cuts every connection through the tap without a word, as a network does; new ones are let through.</summary>
    public void CutConnections()
    {
        lock (clients)
        {
            foreach (Socket client in clients)
            {
                client.Close(0);
            }

            clients.Clear();
        }
    }

    /// <summary>The same virtual host, reached through the tap.</summary>
    public RabbitMqVirtualHost Through(RabbitMqVirtualHost host) => host with { Port = ((IPEndPoint)listener.LocalEndpoint).Port };

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Dispose();
        await accepting;
        await Task.WhenAll(relays);
        stopping.Dispose();
    }

    private void Keep(Capture capture)
    {
        lock (captures)
        {
            captures.Add(capture);
            foreach ((Func<Capture, bool> wanted, TaskCompletionSource<Capture> waiter) in waiting)
            {
                if (wanted(capture))
                {
                    waiter.TrySetResult(capture);
                }
            }
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket client = await listener.AcceptSocketAsync(stopping.Token);
                lock (clients)
                {
                    clients.Add(client);
                }

                relays.Add(RelayAsync(client));
            }
        }
        catch (OperationCanceledException)
        {
            // The tap is taken away; nobody connects any more.
        }
    }

    private async Task RelayAsync(Socket client)
    {
        using Socket broker = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (client)
        {
            client.NoDelay = true;
            try
            {
                await broker.ConnectAsync(IPAddress.Loopback, brokerPort, stopping.Token);
                await using NetworkStream fromClient = new(client);
                await using NetworkStream fromBroker = new(broker);
                await Task.WhenAny(CopyAndReadAsync(fromClient, fromBroker), fromBroker.CopyToAsync(fromClient, stopping.Token));
            }
            catch (Exception exception) when (exception is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
            {
                // Either side hung up, as connections do.
            }
        }
    }

    private async Task CopyAndReadAsync(NetworkStream client, NetworkStream broker)
    {
        byte[] greeting = new byte[8];
        await client.ReadExactlyAsync(greeting, stopping.Token);
        await broker.WriteAsync(greeting, stopping.Token);
        FrameAssembler assembler = new();
        byte[] header = new byte[7];
        while (true)
        {
            await client.ReadExactlyAsync(header, stopping.Token);
            byte[] frame = new byte[header.Length + (int)BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(3)) + 1];
            header.CopyTo(frame, 0);
            await client.ReadExactlyAsync(frame.AsMemory(header.Length), stopping.Token);
            if (assembler.Add(header[0], BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(1)), frame.AsMemory(7, frame.Length - 8)) is { } capture)
            {
                Keep(capture);
            }

            await broker.WriteAsync(frame, stopping.Token);
        }
    }
}
