using System.Diagnostics;
using System.Threading.Channels;

namespace Twinbus.Testing.Lab;

/// <summary>One run of the real <c>./twinbus</c>, in a process of its own that can be killed at any moment.</summary>
public sealed class ProgramRun : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(12);

    private readonly Process process;
    private readonly string arguments;
    private readonly Action<RunEnd> ended;
    private readonly Channel<string> lines = Channel.CreateUnbounded<string>();
    private readonly List<string> said = [];
    private readonly Task<string> output;
    private readonly Task reading;
    private readonly CancellationTokenSource limit;
    private readonly long began = Stopwatch.GetTimestamp();

    private ProgramRun(Process process, string arguments, Action<RunEnd> ended, CancellationToken cancellationToken)
    {
        (this.process, this.arguments, this.ended) = (process, arguments, ended);
        limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        output = process.StandardOutput.ReadToEndAsync(limit.Token);
        reading = ReadAsync();
    }

    public int ProcessId => process.Id;

    public bool HasEnded => process.HasExited;

    /// <summary>Starts the program.</summary>
    /// <param name="arguments">What it is told.</param>
    /// <param name="directory">Where it runs.</param>
    /// <param name="deployment">The deployment's directory.</param>
    /// <param name="ended">Told how the run ended, by <see cref="EndAsync"/>.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static ProgramRun Start(string[] arguments, string directory, string deployment, Action<RunEnd> ended, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Path.Combine(LabMachines.Repository, "twinbus"), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory,
        };
        start.Environment["TWINBUS_DEPLOYMENT"] = deployment;

        // The shell script becomes the program, so that its process id is the program's.
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return new ProgramRun(process, string.Join(' ', arguments), ended, cancellationToken);
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

        throw new InvalidOperationException($"It ended without \"{phrase}\":\n{string.Join('\n', said)}\n{await output}");
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
        var end = new RunEnd(arguments, process.ExitCode, await output, string.Join('\n', said), Stopwatch.GetElapsedTime(began));
        ended(end);
        return end;
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
public sealed record RunEnd(string Arguments, int Code, string Output, string Error, TimeSpan Elapsed)
{
    /// <summary>This run, which must have ended with <paramref name="code"/>.</summary>
    public RunEnd With(int code)
    {
        return Code == code
            ? this
            : throw new InvalidOperationException($"twinbus {Arguments} ended with {Code} and not {code}.\nstdout:\n{Output}\nstderr:\n{Error}");
    }

    /// <summary>What changed, a line each.</summary>
    public IReadOnlyList<string> Changes => [.. Output.Split('\n').Where(line => line.StartsWith("  ", StringComparison.Ordinal)).Select(line => line.Trim())];
}
