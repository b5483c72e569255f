using System.Diagnostics;
using System.Globalization;

namespace Twinbus.Testing;

/// <summary>
/// A child process that cannot outlive us: a shell beside it holds our end of a pipe and kills it when the pipe closes,
/// which also happens when the test run itself is killed.
/// </summary>
public sealed class GuardedProcess : IAsyncDisposable
{
    // "$0" is the log file, "$@" the command. The shell's own exit is the child's.
    private const string Guard = """
        exec 3<&0 2>>"$0"
        "$@" </dev/null >>"$0" 2>&1 3<&- &
        child=$!
        echo "$child"
        { read -r line <&3; kill -KILL "$child"; } >/dev/null 2>&1 &
        watcher=$!
        wait "$child"
        status=$?
        kill "$watcher" 2>/dev/null
        exit "$status"
        """;

    private readonly Process shell;

    private GuardedProcess(Process shell, int id)
    {
        this.shell = shell;
        Id = id;
    }

    /// <summary>The process id of the child (not of the shell beside it).</summary>
    public int Id { get; }

    /// <summary>Whether the child has ended.</summary>
    public bool HasExited => shell.HasExited;

    /// <summary>Starts <paramref name="command"/>; its output is appended to <paramref name="logFile"/>.</summary>
    public static async Task<GuardedProcess> StartAsync(
        IReadOnlyList<string> command,
        IReadOnlyDictionary<string, string> environment,
        string logFile,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ProcessStartInfo start = new("/bin/sh", ["-c", Guard, logFile, .. command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment.Clear();
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        Process shell = Process.Start(start)!;
        string? id = await shell.StandardOutput.ReadLineAsync(cancellationToken);
        return new GuardedProcess(shell, int.Parse(id ?? "", CultureInfo.InvariantCulture));
    }

    /// <summary>Completes when the child has ended.</summary>
    public Task WaitForExitAsync(CancellationToken cancellationToken) => shell.WaitForExitAsync(cancellationToken);

    /// <summary>Asks the child to end (SIGTERM) and waits until it has.</summary>
    public async Task TerminateAsync(CancellationToken cancellationToken)
    {
        if (!shell.HasExited)
        {
            using Process kill = Process.Start("/bin/kill", ["-TERM", Id.ToString(CultureInfo.InvariantCulture)]);
            await shell.WaitForExitAsync(cancellationToken);
        }
    }

    /// <summary>Ends the child on the spot (SIGKILL) and waits until it is gone.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        if (!shell.HasExited)
        {
            shell.StandardInput.Close();
            await shell.WaitForExitAsync(cancellationToken);
        }
    }

    /// <summary>Ends the child if it still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        await KillAsync(CancellationToken.None);
        shell.Dispose();
    }
}
