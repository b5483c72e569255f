using System.Collections.Immutable;
using System.Diagnostics;
using Twinbus.Hosts.Running;
using Twinbus.Testing;

namespace Twinbus.Hosts.Tests.Lab;

/// <summary>Three booted hosts with systemd and sshd, and the published agent; made once for all tests that need them.</summary>
public sealed class LabHosts : IAsyncLifetime
{
    public const int Count = 3;

    private readonly TemporaryDirectory directory = new();
    private readonly string repository = FindRepository();

    public string KeyFile { get; private set; } = "";

    public string KnownHostsFile => directory["known_hosts"];

    public string AgentDirectory => Path.Combine(repository, "artifacts", "agent");

    public static string Address(string host) => "10.87.0." + (10 + int.Parse(host[1..]));

    public async ValueTask InitializeAsync()
    {
        await RunAsync(Path.Combine(repository, "eng", "publish-agent"), Path.Combine(AgentDirectory, "linux-x64"));
        await LabAsync("down");
        await LabAsync("up", $"{Count}");
        KeyFile = (await LabAsync("key")).Trim();
    }

    public async ValueTask DisposeAsync()
    {
        await LabAsync("down");
        directory.Dispose();
    }

    /// <summary>The command of the lab: cut, heal, kill, start, exec, ...</summary>
    public Task<string> LabAsync(params string[] arguments) => RunAsync(Path.Combine(repository, "test", "lab", "lab"), arguments);

    /// <summary>Runs a shell command inside a host, without the network.</summary>
    public Task<string> InsideAsync(string host, string script) => LabAsync("exec", host, "bash", "-c", script);

    public RunnerOptions Options(string user, params string[] hosts) => new()
    {
        AgentDirectory = AgentDirectory,
        KnownHostsFile = KnownHostsFile,
        AcceptNewHostKeys = true,
        Connections = hosts.ToImmutableDictionary(
            host => host,
            HostConnection (host) => new SshConnection { Address = Address(host), User = user, KeyFile = KeyFile }),
    };

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.Environment["TWINBUS_LAB_NAME"] = "ht";
        start.Environment["TWINBUS_LAB_NET"] = "10.87.0";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {output}");
    }

    private static string FindRepository()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Twinbus.slnx")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("The tests run outside the repository.");
        }

        return directory;
    }
}
