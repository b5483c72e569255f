using System.Diagnostics;
using System.Threading.Channels;
using Twinbus.Testing.Lab;

namespace Twinbus.Lab.Tests;

/// <summary>One run of the real <c>./twinbus</c>, in a process of its own that can be killed at any moment.</summary>
internal sealed class ProgramRun : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    private readonly Process process;
    private readonly Channel<string> lines = Channel.CreateUnbounded<string>();
    private readonly List<string> said = [];
    private readonly Task<string> output;
    private readonly Task reading;
    private readonly CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly long began = Stopwatch.GetTimestamp();

    private ProgramRun(Process process)
    {
        this.process = process;
        limit.CancelAfter(Limit);
        output = process.StandardOutput.ReadToEndAsync(limit.Token);
        reading = ReadAsync();
    }

    public int ProcessId => process.Id;

    public static ProgramRun Start(IEnumerable<string> words)
    {
        // The shell script becomes the program, so that its process id is the program's.
        var process = Process.Start(new ProcessStartInfo(Path.Combine(LabMachines.Repository, "twinbus"), words)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.StandardInput.Close();
        return new ProgramRun(process);
    }

    /// <summary>Waits until it has said something like this.</summary>
    public async Task UntilAsync(string phrase)
    {
        await foreach (var line in lines.Reader.ReadAllAsync(limit.Token))
        {
            if (line.Contains(phrase, StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail($"It ended without \"{phrase}\":\n{string.Join('\n', said)}\n{await output}");
    }

    /// <summary>Kills it, as the kernel does when memory is short; no more than that one process.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync(limit.Token);
    }

    /// <summary>Kills it after some time; says whether it was still running.</summary>
    public async Task<bool> KillAfterAsync(TimeSpan moment)
    {
        using var ended = new CancellationTokenSource();
        var whole = process.WaitForExitAsync(limit.Token);
        await Task.WhenAny(whole, Task.Delay(moment, ended.Token));
        await ended.CancelAsync();
        var wasRunning = !process.HasExited;
        await KillAsync();
        return wasRunning;
    }

    public async Task<RunEnd> EndAsync()
    {
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        await reading;
        return new RunEnd(process.ExitCode, await output, string.Join('\n', said), Stopwatch.GetElapsedTime(began));
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }

        process.Dispose();
        limit.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await process.StandardError.ReadLineAsync(limit.Token) is { } line)
        {
            said.Add(line);
            lines.Writer.TryWrite(line);
        }

        lines.Writer.Complete();
    }
}

/// <summary>How a run ended.</summary>
internal sealed record RunEnd(int Code, string Output, string Error, TimeSpan Elapsed)
{
    /// <summary>This run, which must have ended with <paramref name="code"/>.</summary>
    public RunEnd With(int code)
    {
        Assert.True(Code == code, $"It ended with {Code} and not {code}.\nstdout:\n{Output}\nstderr:\n{Error}");
        return this;
    }

    /// <summary>What changed, a line each.</summary>
    public IReadOnlyList<string> Changes => [.. Output.Split('\n').Where(line => line.StartsWith("  ", StringComparison.Ordinal)).Select(line => line.Trim())];
}
