using System.Diagnostics;

namespace Twinbus.Messaging.RabbitMq.Tests;

/// <summary>Runs Twinbus.Messaging.Peer: a process of its own on a bus.</summary>
internal static class PeerProgram
{
    /// <summary>As the tests' build left it, beside the tests.</summary>
    public static string Built => Path.GetFullPath(
        Path.Combine(AppContext.BaseDirectory, "..", "..", "Twinbus.Messaging.Peer", Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "Twinbus.Messaging.Peer"));

    /// <summary>Runs it to its end and returns what it said; throws with what it complained of when it failed.</summary>
    public static Task<string> RunAsync(string path, string url, CancellationToken cancellationToken) =>
        RunAsync(new ProcessStartInfo(path), url, cancellationToken);

    /// <summary>Runs any program to its end.</summary>
    public static async Task<string> RunAsync(ProcessStartInfo start, string? input, CancellationToken cancellationToken)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using Process process = Process.Start(start)!;
        try
        {
            Task<string> complaints = process.StandardError.ReadToEndAsync(cancellationToken);
            Task<string> said = process.StandardOutput.ReadToEndAsync(cancellationToken);
            if (input is not null)
            {
                await process.StandardInput.WriteLineAsync(input);
            }

            process.StandardInput.Close();
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0
                ? await said
                : throw new InvalidOperationException($"{start.FileName} ended with {process.ExitCode}:\n{await said}{await complaints}");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
