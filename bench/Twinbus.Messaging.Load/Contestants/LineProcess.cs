using System.Diagnostics;

namespace Twinbus.Messaging.Load.Contestants;

/// <summary>A child that is ready when it has said so in a line, answers a line with a line, and ends when its input ends.</summary>
internal sealed class LineProcess : IAsyncDisposable
{
    private readonly Process process;

    private LineProcess(Process process) => this.process = process;

    public static async Task<LineProcess> StartAsync(string program, params string[] arguments)
    {
        Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        LineProcess lines = new(process);
        await lines.ReadAsync();
        return lines;
    }

    public async Task<string> AskAsync(string line)
    {
        await process.StandardInput.WriteLineAsync(line);
        await process.StandardInput.FlushAsync();
        return await ReadAsync();
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private async Task<string> ReadAsync() =>
        await process.StandardOutput.ReadLineAsync()
        ?? throw new InvalidOperationException($"{process.StartInfo.FileName} {string.Join(' ', process.StartInfo.ArgumentList)} ended; its error output is above.");
}
