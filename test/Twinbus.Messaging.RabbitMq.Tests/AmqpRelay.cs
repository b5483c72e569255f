using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Twinbus.Messaging.RabbitMq.Tests;

/// <summary>
/// Stands between clients and a broker and speaks enough AMQP to say what a broker says when it refuses or ends something,
/// to swallow what is to stay unanswered, and to stand still as a frozen host does: its kernel takes everything, and nothing comes back.
/// </summary>
internal sealed class AmqpRelay : IAsyncDisposable
{
    public const uint ConnectionClose = (10 << 16) | 50;
    public const uint ConnectionCloseOk = (10 << 16) | 51;
    public const uint ChannelClose = (20 << 16) | 40;
    public const uint ChannelCloseOk = (20 << 16) | 41;
    public const uint QueueDeclare = (50 << 16) | 10;
    public const uint BasicConsume = (60 << 16) | 20;

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource ending = new();
    private readonly Lock gate = new();
    private readonly List<Pair> pairs = [];
    private readonly int brokerPort;
    private readonly Task accepting;
    private volatile TaskCompletionSource? frozen;
    private int connections;

    public AmqpRelay(int brokerPort)
    {
        this.brokerPort = brokerPort;
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>How many connections there were.</summary>
    public int Connections => Volatile.Read(ref connections);

    /// <summary>What a client's method is answered with, by the relay and not by the broker; null: the broker gets it. Empty text: no answer at all.</summary>
    public Func<Frame, Refusal?> Refuses { get; set; } = _ => null;

    /// <summary>Nothing goes through any more, and new connections are not answered either.</summary>
    public void Freeze() => frozen ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Thaw() => Interlocked.Exchange(ref frozen, null)?.SetResult();

    /// <summary>Ends every connection without a word.</summary>
    public void Cut() => All(pair => pair.Drop());

    /// <summary>Closes every connection in the broker's name.</summary>
    public void CloseConnections(ushort code, string text) => All(pair => pair.ToClient(Close(0, ConnectionClose, code, text, 0)));

    /// <summary>Closes every channel that consumes, in the broker's name.</summary>
    public void CloseConsumers(ushort code, string text) => All(pair => pair.CloseConsumers(code, text));

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        Thaw();
        listener.Stop();
        Cut();
        await accepting;
        ending.Dispose();
    }

    private static byte[] Close(ushort channel, uint method, ushort code, string text, uint over)
    {
        byte[] words = Encoding.UTF8.GetBytes(text);
        byte[] payload = new byte[4 + 2 + 1 + words.Length + 4];
        BinaryPrimitives.WriteUInt32BigEndian(payload, method);
        BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(4), code);
        payload[6] = (byte)words.Length;
        words.CopyTo(payload, 7);
        BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan(7 + words.Length), over);
        return Frame.Method(channel, payload);
    }

    private void All(Action<Pair> action)
    {
        Pair[] now;
        lock (gate)
        {
            now = [.. pairs];
        }

        foreach (Pair pair in now)
        {
            action(pair);
        }
    }

    private async Task AcceptAsync()
    {
        List<Task> running = [];
        try
        {
            while (true)
            {
                TcpClient client = await listener.AcceptTcpClientAsync(ending.Token);
                Interlocked.Increment(ref connections);
                running.Add(ServeAsync(client));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(running);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var broker = new TcpClient();
        try
        {
            await broker.ConnectAsync(IPAddress.Loopback, brokerPort, ending.Token);
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            client.Dispose();
            return;
        }

        using var pair = new Pair(this, client, broker);
        lock (gate)
        {
            pairs.Add(pair);
        }

        await pair.RunAsync();
        lock (gate)
        {
            pairs.Remove(pair);
        }
    }

    /// <summary>An answer in the broker's name.</summary>
    public sealed record Refusal(uint Method, ushort Code, string Text);

    /// <summary>One frame as it is on the wire.</summary>
    public sealed record Frame(byte[] Bytes)
    {
        public ushort Channel => BinaryPrimitives.ReadUInt16BigEndian(Bytes.AsSpan(1));

        /// <summary>Class and method; 0 for what is no method.</summary>
        public uint MethodId => Bytes[0] == 1 ? BinaryPrimitives.ReadUInt32BigEndian(Bytes.AsSpan(7)) : 0;

        /// <summary>The queue that a declaration or a consumer names.</summary>
        public string Queue => Encoding.UTF8.GetString(Bytes.AsSpan(14, Bytes[13]));

        /// <summary>The flags of a declaration: 2 is durable.</summary>
        public byte DeclarationFlags => Bytes[14 + Bytes[13]];

        public static byte[] Method(ushort channel, ReadOnlySpan<byte> payload)
        {
            byte[] frame = new byte[payload.Length + 8];
            frame[0] = 1;
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(1), channel);
            BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(3), payload.Length);
            payload.CopyTo(frame.AsSpan(7));
            frame[^1] = 0xCE;
            return frame;
        }
    }

    private sealed class Pair(AmqpRelay relay, TcpClient client, TcpClient broker) : IDisposable
    {
        private readonly Lock state = new();
        private readonly SemaphoreSlim toClient = new(1, 1);
        private readonly SemaphoreSlim toBroker = new(1, 1);
        private readonly HashSet<ushort> consuming = [];
        private readonly HashSet<ushort> clientSilenced = [];
        private readonly HashSet<ushort> brokerSilenced = [];

        public Task RunAsync() => Task.WhenAll(
            PumpAsync(client, FromClientAsync, greets: true), PumpAsync(broker, FromBrokerAsync, greets: false));

        public void ToClient(byte[] frame) => _ = SendAsync(client, toClient, frame);

        public void CloseConsumers(ushort code, string text)
        {
            ushort[] channels;
            lock (state)
            {
                channels = [.. consuming];
                clientSilenced.UnionWith(channels);
                brokerSilenced.UnionWith(channels);
                consuming.Clear();
            }

            foreach (ushort channel in channels)
            {
                _ = SendAsync(broker, toBroker, Close(channel, ChannelClose, 200, "", 0));
                ToClient(Close(channel, ChannelClose, code, text, 0));
            }
        }

        public void Drop()
        {
            client.Client?.Close(0);
            broker.Client?.Close(0);
        }

        public void Dispose()
        {
            toClient.Dispose();
            toBroker.Dispose();
        }

        private async Task FromClientAsync(Frame frame)
        {
            lock (state)
            {
                if (frame.MethodId == BasicConsume)
                {
                    consuming.Add(frame.Channel);
                }

                if (clientSilenced.Contains(frame.Channel))
                {
                    if (frame.MethodId == ChannelCloseOk)
                    {
                        clientSilenced.Remove(frame.Channel);
                    }

                    return;
                }
            }

            if (frame.MethodId != 0 && relay.Refuses(frame) is { } refusal)
            {
                if (refusal.Text.Length > 0)
                {
                    await SendAsync(client, toClient, Close(
                        refusal.Method == ConnectionClose ? (ushort)0 : frame.Channel, refusal.Method, refusal.Code, refusal.Text, frame.MethodId));
                }

                return;
            }

            await SendAsync(broker, toBroker, frame.Bytes);
        }

        private async Task FromBrokerAsync(Frame frame)
        {
            lock (state)
            {
                if (brokerSilenced.Contains(frame.Channel))
                {
                    if (frame.MethodId == ChannelCloseOk)
                    {
                        brokerSilenced.Remove(frame.Channel);
                    }

                    return;
                }
            }

            await SendAsync(client, toClient, frame.Bytes);
        }

        private async Task SendAsync(TcpClient to, SemaphoreSlim turn, byte[] frame)
        {
            if (relay.frozen is { } standing)
            {
                await standing.Task;
            }

            await turn.WaitAsync();
            try
            {
                await to.GetStream().WriteAsync(frame, relay.ending.Token);
            }
            catch (Exception error) when (IsEnd(error))
            {
                Drop();
            }
            finally
            {
                turn.Release();
            }
        }

        private async Task PumpAsync(TcpClient from, Func<Frame, Task> take, bool greets)
        {
            try
            {
                NetworkStream stream = from.GetStream();
                if (greets)
                {
                    byte[] header = new byte[8];
                    await stream.ReadExactlyAsync(header, relay.ending.Token);
                    await SendAsync(broker, toBroker, header);
                }

                while (true)
                {
                    byte[] start = new byte[7];
                    await stream.ReadExactlyAsync(start, relay.ending.Token);
                    byte[] bytes = new byte[7 + BinaryPrimitives.ReadInt32BigEndian(start.AsSpan(3)) + 1];
                    start.CopyTo(bytes, 0);
                    await stream.ReadExactlyAsync(bytes.AsMemory(7), relay.ending.Token);
                    await take(new Frame(bytes));
                }
            }
            catch (Exception error) when (IsEnd(error))
            {
                // One side is gone: so is the other.
            }

            client.Dispose();
            broker.Dispose();
        }

        private static bool IsEnd(Exception error) =>
            error is IOException or OperationCanceledException or InvalidOperationException or SocketException;
    }
}
