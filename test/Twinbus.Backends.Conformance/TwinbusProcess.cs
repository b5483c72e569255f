using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Twinbus.Backends.Conformance;

/// <summary>The real <c>./twinbus</c> of this checkout, run as an operator runs it.</summary>
public static class TwinbusProcess
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(12);

    /// <summary>The command of this checkout.</summary>
    public static string Program { get; } = Path.Combine(Root(), "twinbus");

    /// <summary>Runs it to its end.</summary>
    public static Task<Ended> RunAsync(IEnumerable<string> words, string input = "") => RunAsync(Program, words, input);

    /// <summary>Runs a program that has the command's options to its end.</summary>
    public static async Task<Ended> RunAsync(string program, IEnumerable<string> words, string input = "")
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        Stopwatch watch = Stopwatch.StartNew();
        using Process process = Start(program, words);
        Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
        Task<string> error = process.StandardError.ReadToEndAsync(limit.Token);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return new Ended(process.ExitCode, await output, await error, watch.Elapsed);
    }

    /// <summary>Starts it with all its streams in the test's hands.</summary>
    public static Process Start(IEnumerable<string> words) => Start(Program, words);

    /// <summary>Starts a program. The shell script becomes the program, so the process id is the program's.</summary>
    // A test run in the background inherits a Ctrl-C that is ignored, as every shell's background job does.
    public static Process Start(string program, IEnumerable<string> words) => Process.Start(new ProcessStartInfo("/usr/bin/env", ["--default-signal=INT,QUIT", program, .. words])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        WorkingDirectory = Path.GetTempPath(),
    })!;

    private static string Root([CallerFilePath] string source = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "..", ".."));
}

/// <summary>How a run ended.</summary>
public sealed record Ended(int Code, string Output, string Error, TimeSpan Elapsed)
{
    /// <summary>This run, which must have ended with <paramref name="code"/>.</summary>
    public Ended With(int code)
    {
        Assert.True(Code == code, $"It ended with {Code} and not {code}.\nstdout:\n{Output}\nstderr:\n{Error}");
        return this;
    }
}
