using System.Diagnostics;
using Twinbus.Testing;
using Twinbus.Testing.Lab;

namespace Twinbus.Lab.Tests;

/// <summary>Somebody who runs the real <c>./twinbus</c> of this checkout against lab hosts, with files and a deployment of their own.</summary>
internal sealed class TwinbusOperator : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(12);

    private readonly TemporaryDirectory directory = new();
    private readonly Action<string> log;

    private TwinbusOperator(Action<string> log) => this.log = log;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public string Directory => directory.Path;

    public string Deployment => directory["deployment"];

    /// <summary>Everything that was printed so far, each run under its arguments.</summary>
    public List<(string Arguments, string Text)> Said { get; } = [];

    /// <summary>An operator of these hosts, after the program is built.</summary>
    public static async Task<TwinbusOperator> OfAsync(Action<string> log, params (LabMachines Lab, string Host, string Name)[] hosts)
    {
        var one = new TwinbusOperator(log);
        one.Write(
            "inventory.yaml",
            "Controller:\n  hosts:\n" + string.Concat(hosts.Select(h => $"    {h.Name}: {{ansible_host: {h.Lab.Address(h.Host)}, ansible_user: deploy, ansible_ssh_private_key_file: {h.Lab.KeyFile}}}\n")));
        await one.RunAsync(0, "--version");
        one.Said.Clear();
        return one;
    }

    /// <summary>Writes a file, for its owner only, and returns its path.</summary>
    public string Write(string name, string text)
    {
        var path = directory.Write(name, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    /// <summary>Runs the program on the deployment; it must end with <paramref name="code"/>. Returns standard output.</summary>
    public async Task<string> RunAsync(int code, params string[] arguments)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(Limit);
        var begun = TimeProvider.System.GetTimestamp();
        var start = new ProcessStartInfo(Path.Combine(LabMachines.Repository, "twinbus"), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory.Path,
        };
        start.Environment["TWINBUS_DEPLOYMENT"] = Deployment;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        var words = string.Join(' ', arguments);
        Said.Add((words, await output + await error));
        log($"{TimeProvider.System.GetElapsedTime(begun).TotalSeconds,6:0.0} s  {process.ExitCode}  twinbus {words}");
        Assert.True(process.ExitCode == code, $"twinbus {words} ended with {process.ExitCode} and not {code}:\n{await output}\n{await error}");
        return await output;
    }

    public void Dispose() => directory.Dispose();
}
