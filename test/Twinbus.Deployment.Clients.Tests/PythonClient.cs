using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Twinbus.Deployment.Clients.Tests;

/// <summary>Runs <c>Python/client.py</c> with the distribution's oslo.messaging.</summary>
internal static class PythonClient
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    public static Task<JsonNode> RunAsync(CancellationToken cancellationToken, params IEnumerable<string> arguments) =>
        RunAsync("", arguments, cancellationToken);

    /// <summary>The same with <paramref name="input"/> on its standard input.</summary>
    public static async Task<JsonNode> RunAsync(string input, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        // The distribution's interpreter by its path: only that one has the library.
        ProcessStartInfo start = new("/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, "Python", "client.py"), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/bin:/bin";
        start.Environment["LANG"] = "C.UTF-8";
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using Process process = Process.Start(start)!;
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
            process.StandardInput.Close();
            Task<string> error = process.StandardError.ReadToEndAsync(limit.Token);
            string output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0
                ? JsonNode.Parse(output)!
                : throw new InvalidOperationException($"client.py {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{await error}");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}
