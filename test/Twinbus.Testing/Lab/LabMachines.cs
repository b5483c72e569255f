using System.Diagnostics;
using System.Globalization;

namespace Twinbus.Testing.Lab;

/// <summary>Booted hosts h1, h2, ... with systemd and sshd (test/lab/lab), with a name and network of their own.</summary>
/// <param name="name">Of bridge and namespaces; 6 characters at most, used by no other lab.</param>
/// <param name="net">The first three parts of their addresses, used by no other lab.</param>
/// <param name="suite">The distribution's release.</param>
public sealed class LabMachines(string name, string net, string suite = "bookworm") : IAsyncDisposable
{
    /// <summary>The checkout that the tests run from.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Path of the private key that root and the sudo user <c>deploy</c> accept; empty before the hosts are booted.</summary>
    public string KeyFile { get; private set; } = "";

    /// <summary>Directory of the published host agents; empty before <see cref="PublishAgentAsync"/>.</summary>
    public string AgentDirectory { get; private set; } = "";

    /// <summary>Address of a host.</summary>
    public string Address(string host) => $"{net}.{10 + int.Parse(host.AsSpan(1), CultureInfo.InvariantCulture)}";

    /// <summary>Boots <paramref name="count"/> fresh hosts.</summary>
    public async Task BootAsync(int count)
    {
        await LabAsync("down");
        await LabAsync("up", count.ToString(CultureInfo.InvariantCulture));
        KeyFile = (await LabAsync("key")).Trim();
    }

    /// <summary>Boots fresh hosts that know their own name only, as an installed Debian does: what else they need comes with a plan.</summary>
    public async Task BootStrangersAsync(int count)
    {
        await BootAsync(count);
        await Task.WhenAll(Enumerable.Range(1, count).Select(i => InsideAsync($"h{i}", $"sed -i '/ h[0-9]/d; $ a 127.0.1.1 h{i}' /etc/hosts")));
    }

    /// <summary>A command of the lab: cut, heal, kill, start, exec, ...</summary>
    /// <exception cref="InvalidOperationException">It failed; the text holds its output.</exception>
    public Task<string> LabAsync(params string[] arguments) => RunAsync(Path.Combine(Repository, "test", "lab", "lab"), arguments);

    /// <summary>A shell command inside a host, without the network.</summary>
    public Task<string> InsideAsync(string host, string script) => LabAsync("exec", host, "bash", "-c", script);

    /// <summary>Publishes the host agent of this checkout, for tests that run the library and not the program.</summary>
    public async Task PublishAgentAsync()
    {
        var agents = Path.Combine(Repository, "artifacts", "agent");
        await RunAsync(Path.Combine(Repository, "eng", "publish-agent"), Path.Combine(agents, "linux-x64"));
        AgentDirectory = agents;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await LabAsync("down");

    private async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["TWINBUS_LAB_NAME"] = name;
        start.Environment["TWINBUS_LAB_NET"] = net;
        start.Environment["TWINBUS_LAB_SUITE"] = suite;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException(
                $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {output}{await error}");
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
