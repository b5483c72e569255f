using System.Diagnostics;
using System.Globalization;
using Twinbus.Testing.Lab;

namespace Twinbus.Soak;

/// <summary>Runs what is still to be run, and sums it up.</summary>
internal sealed class SoakProgram(SoakOptions options, ResultsFile results)
{
    // What a run depends on.
    private static readonly string[] Measured = ["src", "environments", "services", "roles", "test/Twinbus.Soak", "test/Twinbus.Testing", "test/Twinbus.Testing.Traffic", "test/lab"];

    private readonly string logs = Path.Combine(LabMachines.Repository, "artifacts", "soak");

    /// <summary>Runs; the exit code.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var name = Environment.GetEnvironmentVariable("TWINBUS_LAB_NAME") ?? "soak";
        var net = Environment.GetEnvironmentVariable("TWINBUS_LAB_NET") ?? "10.106.0";
        if (!Environment.IsPrivilegedProcess)
        {
            throw new FormatException("booted hosts need root");
        }

        Directory.CreateDirectory(logs);
        await using var alone = TakeLock(name);
        var commit = await CommitAsync();
        IReadOnlyList<SoakRow> before = options.IsFresh ? [] : [.. results.Read().Where(row => row.Commit == commit)];
        var remaining = ResultsFile.Remaining(before, options.Cells, options.Times);
        Console.Error.WriteLine($"{remaining.Count} runs of {options.Cells.Count} cells are to be made of {commit}; logs are in {logs}");
        List<SoakRow> rows = [.. before.Where(row => options.Cells.Any(cell => cell.Name == row.Cell))];
        var failures = 0;
        if (remaining.Count > 0)
        {
            await using var general = new LogFile(Path.Combine(logs, "site.log"));
            await using var site = new SoakSite(name, net, general.Write, cancellationToken);
            foreach (var (cell, index) in remaining.Select((cell, index) => (cell, index)))
            {
                Console.Error.WriteLine($"---- {index + 1} of {remaining.Count}: {cell.Name}: {cell.Title}");
                if (await TryRunAsync(site, cell, commit, cancellationToken) is { } row)
                {
                    rows.Add(row);
                }
                else
                {
                    failures++;
                    site.IsSpoilt = true;
                }
            }
        }

        Console.Write(SummaryTable.Render(rows));
        Console.Error.WriteLine(failures == 0 ? "Every cell was run." : $"{failures} runs could not be made; the same command makes them again.");
        return failures == 0 && rows.All(row => row.IsGood) ? 0 : 1;
    }

    // What goes wrong with the hosts is no result of the cell; the next ones still can be run.
    private async Task<SoakRow?> TryRunAsync(SoakSite site, Cell cell, string commit, CancellationToken cancellationToken)
    {
        var seed = options.Seed ?? Random.Shared.Next(1_000_000);
        var file = Path.Combine(logs, $"{cell.Name}-{seed}.log");
        await using var log = new LogFile(file);
        try
        {
            var row = await new CellRun(site, cell, seed, log.Write, cancellationToken).RunAsync(Machine(), commit);
            results.Append(row);
            Console.Error.WriteLine($"{(row.IsGood ? "good" : "BAD")}: {row.Format().Replace("\t", " | ", StringComparison.Ordinal)}");
            return row;
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            log.Write(error.ToString());
            Console.Error.WriteLine($"test/soak: {cell.Name} {seed} could not be run: {error.Message.Trim()}\n  the whole output is in {file}");
            return null;
        }
    }

    private static string Machine()
    {
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30);
        var load = File.ReadAllText("/proc/loadavg").Split(' ')[0];
        return string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} processors, {memory:0} GiB, load {load}");
    }

    private static FileStream TakeLock(string name)
    {
        var path = $"/run/twinbus-soak-{name}.lock";
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error)
        {
            throw new FormatException($"another soak runs on the hosts called \"{name}\" ({path} is locked): wait for it, or set TWINBUS_LAB_NAME and TWINBUS_LAB_NET", error);
        }
    }

    private static async Task<string> CommitAsync()
    {
        var commit = await GitAsync(["log", "-1", "--format=%h", "--", .. Measured]);
        return commit + (await GitAsync(["status", "--porcelain", "--", .. Measured]) is "" ? "" : "+");
    }

    private static async Task<string> GitAsync(string[] arguments)
    {
        using var git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = LabMachines.Repository, RedirectStandardOutput = true })!;
        var output = await git.StandardOutput.ReadToEndAsync();
        await git.WaitForExitAsync();
        return git.ExitCode == 0 ? output.Trim() : throw new InvalidOperationException($"git {arguments[0]} ended with {git.ExitCode}");
    }

    /// <summary>Lines of many threads.</summary>
    private sealed class LogFile(string path) : IAsyncDisposable
    {
        private readonly Lock gate = new();
        private readonly StreamWriter writer = new(path, append: true) { AutoFlush = true };
        private bool isClosed;

        public void Write(string line)
        {
            lock (gate)
            {
                if (!isClosed)
                {
                    writer.WriteLine(line);
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            lock (gate)
            {
                isClosed = true;
            }

            await writer.DisposeAsync();
        }
    }
}
