using System.Collections.Immutable;
using System.Diagnostics;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using Twinbus.Messaging.Drivers;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>Opens connections to the hosts of a URL, one after the other until one can be used.</summary>
internal sealed partial class RabbitConnector
{
    private static readonly TransportHost DefaultHost = new() { Host = "localhost", Port = 5672, Username = "guest", Password = "guest" };

    // TCP_USER_TIMEOUT of tcp(7).
    private const int TcpUserTimeout = 18;

    private readonly RabbitMqOptions options;
    private readonly DriverContext context;
    private readonly ILogger logger;
    private readonly ImmutableArray<TransportHost> hosts;
    private int next;

    public RabbitConnector(TransportUrl url, RabbitMqOptions options, DriverContext context)
    {
        this.options = options;
        this.context = context;
        logger = context.Logger;
        TransportHost[] inOrder = url.Hosts.IsEmpty ? [DefaultHost] : [.. url.Hosts];
        if (options.Connection.FailoverStrategy == RabbitFailoverStrategy.Shuffle)
        {
            Random.Shared.Shuffle(inOrder);
        }

        hosts = [.. inOrder.Select(Complete)];
        next = Random.Shared.Next(hosts.Length);
        VirtualHost = string.IsNullOrEmpty(url.VirtualHost) ? "/" : url.VirtualHost;
    }

    /// <summary>The virtual host; none and an empty one are '/'.</summary>
    public string VirtualHost { get; }

    /// <summary>How long a host may be silent though it was asked; zero: not asked.</summary>
    public TimeSpan Silence => options.Connection.EffectiveSilence;

    /// <summary>Told of a host that a link has lost, and by which link.</summary>
    public event Action<string, RabbitLink>? HostLost;

    /// <summary>All addresses, for messages.</summary>
    public string Endpoints => string.Join(", ", hosts.Select(host => host.Endpoint));

    /// <summary>How long to wait before the given attempt, the first being 0, when every host failed before.</summary>
    public TimeSpan Delay(int attempt)
    {
        RabbitConnectionOptions times = options.Connection;
        if (attempt == 0)
        {
            return times.ReconnectDelay * Random.Shared.NextDouble();
        }

        TimeSpan longest = times.RetryInterval + (times.RetryBackoff * (attempt - 1));
        longest = longest < times.RetryIntervalMax ? longest : times.RetryIntervalMax;

        // Between half and all of it: clients that were cut off together must not come back together.
        return longest * (0.5 + (Random.Shared.NextDouble() / 2));
    }

    /// <summary>Connects to the first host that can be used, from the last used one on; each is tried once.</summary>
    /// <param name="purpose">What the connection is for; part of its name in the broker's listings.</param>
    /// <param name="cancellationToken">Stops trying.</param>
    public async ValueTask<IConnection> OpenAsync(string purpose, CancellationToken cancellationToken)
    {
        TransportConnectionException? worst = null;
        int first = Volatile.Read(ref next);
        for (int tried = 0; tried < hosts.Length; tried++)
        {
            int at = (first + tried) % hosts.Length;
            TransportHost host = hosts[at];
            try
            {
                IConnection connection = await OpenAsync(host, purpose, cancellationToken).ConfigureAwait(false);
                Volatile.Write(ref next, at);
                LogConnected(host.Endpoint, VirtualHost, purpose);
                return connection;
            }
            catch (Exception error) when ((RabbitErrors.IsFromClient(error) || error is OperationCanceledException)
                && !cancellationToken.IsCancellationRequested)
            {
                TransportConnectionException failure = RabbitErrors.Connecting(host, VirtualHost, error);
                LogFailed(failure.Message);

                // What will not mend by itself is what somebody has to know.
                worst = worst is null || worst.IsTransient ? failure : worst;
            }
        }

        throw worst!;
    }

    /// <summary>
    /// Begins with another host when it connects again. Links that lose one host one after the other move one step together.
    /// </summary>
    public void MoveOnFrom(string endpoint, RabbitLink by)
    {
        int at = Volatile.Read(ref next);
        if (EndpointOf(hosts[at].Host!, hosts[at].Port!.Value) == endpoint)
        {
            Interlocked.CompareExchange(ref next, (at + 1) % hosts.Length, at);
        }

        HostLost?.Invoke(endpoint, by);
    }

    /// <summary>The address of a connection as it stands in messages, also when it is closed.</summary>
    public static string EndpointOf(IConnection connection) => EndpointOf(connection.Endpoint.HostName, connection.Endpoint.Port);

    private static string EndpointOf(string host, int port) => new TransportHost { Host = host, Port = port }.Endpoint;

    private async ValueTask<IConnection> OpenAsync(TransportHost host, string purpose, CancellationToken cancellationToken)
    {
        SslOption tls = options.Tls.ToSslOption(host.Host!);
        var factory = new ConnectionFactory
        {
            UserName = host.Username!,
            Password = host.Password!,
            VirtualHost = VirtualHost,
            RequestedHeartbeat = options.Connection.Heartbeat,
            RequestedConnectionTimeout = options.Connection.ConnectTimeout,
            HandshakeContinuationTimeout = options.Connection.ConnectTimeout,

            // Of a declaration, too: a host that leaves it unanswered is left for the next one.
            ContinuationTimeout = options.Connection.ConnectTimeout,
            RequestedChannelMax = 2047,
            RequestedFrameMax = 131_072,

            // This driver recovers by itself: it knows what may be sent again and what may not.
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            AuthMechanisms = [Mechanism()],
            MaxInboundMessageBodySize = MaxInboundBody(),
            SocketFactory = family => OpenSocket(family, tls, host.Endpoint),
        };
        factory.ClientProperties["product"] = "Twinbus.Messaging";
        factory.ClientProperties["connection_name"] =
            $"{Path.GetFileName(Environment.ProcessPath)}:{Environment.ProcessId}:{purpose}:{Guid.NewGuid()}";

        // No TLS for the client library: its socket brings it along.
        var endpoint = new AmqpTcpEndpoint(host.Host!, host.Port!.Value, new SslOption(), MaxInboundBody());

        // The client's own limits do not cover a peer that accepts and then says nothing.
        using var deadline = new CancellationTokenSource(options.Connection.ConnectTimeout, context.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        Task<IConnection> connecting = factory.CreateConnectionAsync([endpoint], either.Token);
        IConnection connection;
        try
        {
            connection = await connecting.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!connecting.IsCompleted)
        {
            // The client takes its time to give up; nobody has to wait for that.
            _ = AbandonAsync(connecting);
            throw;
        }

        try
        {
            // The client does not wait for the broker to admit us to the virtual host; opening a channel does.
            IChannel admitted = await connection.CreateChannelAsync(null, either.Token).ConfigureAwait(false);
            await admitted.CloseAsync(either.Token).ConfigureAwait(false);
            await admitted.DisposeAsync().ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task AbandonAsync(Task<IConnection> connecting)
    {
        try
        {
            await (await connecting.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (RabbitErrors.IsFromClient(error) || error is OperationCanceledException)
        {
            LogAbandoned(error.Message);
        }
    }

    // The client kills the connection over a larger body, and the broker delivers it again, without end. So what is over
    // our limit is taken in and then refused.
    private uint MaxInboundBody() => Math.Max(512u * 1024 * 1024, (uint)context.Limits.MaxBodyBytes);

    // What stays unacknowledged when the network is cut ends the connection after this, whatever the client library waits for; an idle
    // connection sends keepalives, so that it has something unacknowledged. Other systems have keepalives only.
    private RepairingTcpClient OpenSocket(AddressFamily family, SslOption tls, string endpoint)
    {
        var socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        TimeSpan limit = Silence > TimeSpan.Zero ? Silence : options.Connection.Heartbeat;
        if (limit > TimeSpan.Zero)
        {
            int third = (int)Math.Clamp(limit.TotalSeconds / 3, 1, 3600);
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, third);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, third);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 2);
            if (OperatingSystem.IsLinux())
            {
                int milliseconds = (int)Math.Min(limit.TotalMilliseconds, int.MaxValue);
                socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, TcpUserTimeout, BitConverter.GetBytes(milliseconds));
            }
        }

        bool isTold = false;
        return new RepairingTcpClient(socket, tls, new HeaderRepair(() =>
        {
            if (!isTold)
            {
                isTold = true;
                LogRepaired(endpoint, HeaderRepair.MaxDepth);
            }
        }));
    }

    private IAuthMechanismFactory Mechanism() => options.Connection.LoginMethod switch
    {
        RabbitLoginMethod.AmqPlain => new AmqPlainMechanism(),
        RabbitLoginMethod.Plain => new PlainMechanismFactory(),
        RabbitLoginMethod.External => new ExternalMechanismFactory(),
        _ => throw new UnreachableException(),
    };

    private static TransportHost Complete(TransportHost host) => host with
    {
        Host = host.Host ?? "localhost",
        Port = host.Port ?? 5672,
        Username = host.Username ?? "guest",
        Password = host.Password ?? (host.Username is null ? "guest" : ""),
    };

    [LoggerMessage(2001, LogLevel.Information, "Connected to RabbitMQ at {Endpoint}, virtual host {VirtualHost}, for {Purpose}")]
    private partial void LogConnected(string endpoint, string virtualHost, string purpose);

    [LoggerMessage(2003, LogLevel.Debug, "An abandoned attempt to connect ended: {Reason}")]
    private partial void LogAbandoned(string reason);

    [LoggerMessage(2004, LogLevel.Warning, "RabbitMQ at {Endpoint} delivers a message with headers that RabbitMQ.Client cannot read; only the first is logged: "
        + "a decimal of more than 28 digits is read as 0, a number of the type 'L' as one of 'l', what is nested more than {Depth} deep as bytes")]
    private partial void LogRepaired(string endpoint, int depth);

    [LoggerMessage(2002, LogLevel.Warning, "{Reason}")]
    private partial void LogFailed(string reason);
}
