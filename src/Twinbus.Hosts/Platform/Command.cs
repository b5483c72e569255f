using System.Diagnostics;
using System.Text;

namespace Twinbus.Hosts.Platform;

/// <summary>A program to run: an argument list, a clean environment, and text for its standard input.</summary>
/// <param name="Program">Its absolute path.</param>
/// <param name="Arguments">Its arguments; never a secret.</param>
public sealed record Command(string Program, params IReadOnlyList<string> Arguments)
{
    /// <summary>The PATH of every child process.</summary>
    public const string SearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Its environment besides PATH, LANG and HOME; never a secret.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>What it reads; the way for a secret.</summary>
    public string Input { get; init; } = "";

    /// <summary>Told each line of standard output as it comes.</summary>
    public Action<string>? OnLine { get; init; }

    /// <summary>Runs it to its end. A cancelled run kills it and its children.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="HostException">The program could not be started.</exception>
    public async Task<CommandResult> RunAsync(CancellationToken cancellationToken)
    {
        using var process = Start();
        var output = new StringBuilder();
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await process.StandardInput.WriteAsync(Input.AsMemory(), cancellationToken).ConfigureAwait(false);
            process.StandardInput.Close();
            while (await process.StandardOutput.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
            {
                output.Append(line).Append('\n');
                OnLine?.Invoke(line);
            }

            var errorText = await error.ConfigureAwait(false);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return new CommandResult(process.ExitCode, output.ToString(), errorText);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        catch (IOException e)
        {
            throw new HostException(
                HostFailureReason.FileSystem,
                $"{Program} broke off.",
                e.Message,
                $"Run {Program} by hand to see what it says.",
                e);
        }
    }

    /// <summary>Starts a program that goes on after this process; it must detach itself and leave its standard streams.</summary>
    /// <param name="cancellationToken">Ends the start.</param>
    public async Task LaunchAsync(CancellationToken cancellationToken)
    {
        var result = await RunAsync(cancellationToken).ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            throw new HostException(
                HostFailureReason.Service, $"{Program} could not start the service.", result.Tail(), "See the lines above for the cause.");
        }
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(Program, Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = "/",
        };
        start.Environment.Clear();
        start.Environment["PATH"] = SearchPath;
        start.Environment["LANG"] = "C.UTF-8";
        start.Environment["HOME"] = "/root";
        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new HostException(
                HostFailureReason.Unsupported,
                $"{Program} could not be run.",
                e.Message,
                "Twinbus needs a Debian host with its essential packages; install what is missing.",
                e);
        }
    }
}
