using System.Diagnostics;

namespace Twinbus.Testing.Lab;

/// <summary>Booted hosts h1, h2, ... with systemd and sshd (test/lab/lab), with a name and network of their own.</summary>
/// <param name="name">Of bridge and namespaces; 6 characters at most, used by no other lab.</param>
/// <param name="net">The first three parts of their addresses, used by no other lab.</param>
/// <param name="suite">The distribution's release.</param>
public sealed class LabMachines(string name, string net, string suite = "bookworm") : IAsyncDisposable
{
    /// <summary>The checkout that the tests run from.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Address of a host.</summary>
    public string Address(string host) => $"{net}.{10 + int.Parse(host.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture)}";

    /// <summary>Path of the private key that root and the sudo user <c>deploy</c> accept.</summary>
    public async Task<string> KeyFileAsync() => (await LabAsync("key")).Trim();

    /// <summary>Boots <paramref name="count"/> fresh hosts.</summary>
    public async Task BootAsync(int count)
    {
        await LabAsync("down");
        await LabAsync("up", count.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>A command of the lab: cut, heal, kill, start, exec, ...</summary>
    /// <exception cref="InvalidOperationException">It failed; the text holds its output.</exception>
    public Task<string> LabAsync(params string[] arguments) => RunAsync(Path.Combine(Repository, "test", "lab", "lab"), arguments);

    /// <summary>A shell command inside a host, without the network.</summary>
    public Task<string> InsideAsync(string host, string script) => LabAsync("exec", host, "bash", "-c", script);

    /// <summary>Publishes the host agent of this checkout and returns the directory that holds it.</summary>
    public async Task<string> PublishAgentAsync()
    {
        var agents = Path.Combine(Repository, "artifacts", "agent");
        await RunAsync(Path.Combine(Repository, "eng", "publish-agent"), Path.Combine(agents, "linux-x64"));
        return agents;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await LabAsync("down");

    private async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.Environment["TWINBUS_LAB_NAME"] = name;
        start.Environment["TWINBUS_LAB_NET"] = net;
        start.Environment["TWINBUS_LAB_SUITE"] = suite;
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
