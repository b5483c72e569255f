using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Twinbus.Testing.RabbitMq;

/// <summary>
/// A real RabbitMQ of our own: own node name, ports, directories, cookie and epmd, all on 127.0.0.1. Nothing outside its
/// temporary directory is read or written, and a RabbitMQ that the machine runs is not noticed.
/// </summary>
public sealed class RabbitMqServer : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);
    private readonly RabbitMqDirectory files;
    private readonly RabbitMqAdministration administration;
    private GuardedProcess? epmd;
    private GuardedProcess? broker;

    private RabbitMqServer(RabbitMqSettings settings)
    {
        files = new RabbitMqDirectory(settings);
        administration = new RabbitMqAdministration(files.ManagementPort, files.AdministratorName, files.AdministratorPassword);
    }

    /// <summary>Where clients connect, on 127.0.0.1. It stays the same over a restart.</summary>
    public int AmqpPort => files.AmqpPort;

    /// <summary>Where the management API listens, on 127.0.0.1.</summary>
    public int ManagementPort => files.ManagementPort;

    /// <summary>The administrator, for code under test that administers; tests themselves use <see cref="Administration"/>.</summary>
    public NetworkCredential Administrator => new(files.AdministratorName, files.AdministratorPassword);

    /// <summary>The management API.</summary>
    public RabbitMqAdministration Administration => administration;

    /// <summary>The node's name in Erlang distribution.</summary>
    public string NodeName => files.NodeName;

    /// <summary>Home directory of the node's user, with the cookie; for code under test that runs the command line itself.</summary>
    public string Home => files.Home;

    /// <summary>Port of the broker's own epmd.</summary>
    public int EpmdPort => files.EpmdPort;

    /// <summary>The broker's own log file.</summary>
    public string LogFile => files.LogFile;

    /// <summary>The process id of the broker.</summary>
    public int ProcessId => broker!.Id;

    /// <summary>Starts a broker and waits until it accepts connections.</summary>
    /// <exception cref="InvalidOperationException">rabbitmq-server is not installed, or the broker did not start; the text has the end of its log.</exception>
    public static Task<RabbitMqServer> StartAsync(CancellationToken cancellationToken = default) =>
        StartAsync(new RabbitMqSettings(), cancellationToken);

    /// <summary>Starts a broker with settings of its own and waits until it is up.</summary>
    /// <exception cref="InvalidOperationException">rabbitmq-server is not installed, or the broker did not start; the text has the end of its log.</exception>
    public static async Task<RabbitMqServer> StartAsync(RabbitMqSettings settings, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (!RabbitMqDirectory.IsInstalled)
        {
            throw new InvalidOperationException("rabbitmq-server is not installed. Run: apt-get install rabbitmq-server");
        }

        RabbitMqServer server = new(settings);
        try
        {
            await server.StartAgainAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the broker again, with the data and ports that it had, after it was stopped or killed.</summary>
    public async Task StartAgainAsync(CancellationToken cancellationToken = default)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartLimit);
        if (epmd is null)
        {
            epmd = await GuardedProcess.StartAsync(files.EpmdCommand, files.Environment, files.OutputFile, limit.Token);
            await AcceptsConnectionsAsync(files.EpmdPort, limit.Token);
        }

        using ReadinessSocket readiness = new(files.ReadinessSocketPath);
        broker = await GuardedProcess.StartAsync(RabbitMqDirectory.ServerCommand, files.Environment, files.OutputFile, limit.Token);
        Task ready = readiness.WaitUntilReadyAsync(limit.Token);
        if (await Task.WhenAny(ready, broker.WaitForExitAsync(limit.Token)) != ready || !ready.IsCompletedSuccessfully)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new InvalidOperationException($"The test broker did not start:\n{files.LogTail()}");
        }
    }

    /// <summary>Stops the broker in order, as an administrator does.</summary>
    public Task StopAsync(CancellationToken cancellationToken = default) => broker!.TerminateAsync(cancellationToken);

    /// <summary>Ends the broker on the spot, as a power cut does.</summary>
    public Task KillAsync(CancellationToken cancellationToken = default) => broker!.KillAsync(cancellationToken);

    /// <summary>Stops the broker and starts it again.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken = default)
    {
        await StopAsync(cancellationToken);
        await StartAgainAsync(cancellationToken);
    }

    /// <summary>A new virtual host with a user of its own, for one test class: nothing that other tests do is seen there.</summary>
    public async Task<RabbitMqVirtualHost> CreateVirtualHostAsync(CancellationToken cancellationToken = default)
    {
        string name = $"test-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        RabbitMqVirtualHost host = new(name, name, RandomNumberGenerator.GetHexString(24, lowercase: true), AmqpPort);
        await administration.PutAsync($"vhosts/{name}", [], cancellationToken);
        await administration.PutAsync(
            $"users/{name}", new JsonObject { ["password"] = host.Password, ["tags"] = "" }, cancellationToken);
        await administration.PutAsync(
            $"permissions/{name}/{name}",
            new JsonObject { ["configure"] = ".*", ["write"] = ".*", ["read"] = ".*" },
            cancellationToken);
        return host;
    }

    /// <summary>Raises the memory alarm: publishers are blocked, in every virtual host, until <see cref="UnblockPublishersAsync"/>.</summary>
    public Task BlockPublishersAsync(CancellationToken cancellationToken = default) =>
        ControlAsync(["set_vm_memory_high_watermark", "0"], cancellationToken);

    /// <summary>Clears the memory alarm.</summary>
    public Task UnblockPublishersAsync(CancellationToken cancellationToken = default) =>
        ControlAsync(["set_vm_memory_high_watermark", "0.4"], cancellationToken);

    /// <summary>Runs <c>rabbitmqctl</c> against this broker and returns what it printed. Each run costs about a second.</summary>
    public async Task<string> ControlAsync(IEnumerable<string> arguments, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<string> command = RabbitMqDirectory.ControlCommand(arguments);
        ProcessStartInfo start = new(command[0], command.Skip(1))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach ((string name, string value) in files.Environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync(cancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"rabbitmqctl {string.Join(' ', arguments)} ended with {process.ExitCode}: {await error}");
    }

    /// <summary>Ends the broker and its epmd, and removes what they wrote.</summary>
    public async ValueTask DisposeAsync()
    {
        if (broker is not null)
        {
            await broker.DisposeAsync();
        }

        if (epmd is not null)
        {
            await epmd.DisposeAsync();
        }

        administration.Dispose();
        files.Dispose();
    }

    private static async Task AcceptsConnectionsAsync(int port, CancellationToken cancellationToken)
    {
        while (true)
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
                return;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
            }
        }
    }
}
