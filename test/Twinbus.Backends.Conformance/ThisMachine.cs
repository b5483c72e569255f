using System.Diagnostics;

namespace Twinbus.Backends.Conformance;

/// <summary>Without an inventory: all on the machine that the tests run on, as root.</summary>
public class ThisMachine : Site
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Hosts { get; } = ["localhost"];

    /// <inheritdoc/>
    public override async Task<string> InsideAsync(string host, string script)
    {
        using Process shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string error = await shell.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        return shell.ExitCode == 0 ? await output : throw new InvalidOperationException($"A script ended with {shell.ExitCode} on {host}: {await output}{error}\n{script}");
    }
}
