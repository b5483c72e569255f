using System.Diagnostics;
using Twinbus.Testing;
using Twinbus.Testing.Lab;

namespace Twinbus.Lab.Tests;

/// <summary>The soak itself, with its shortest cell: hours of it are run by hand.</summary>
[Trait("Needs", "Lab")]
public sealed class SoakTests(ITestOutputHelper output)
{
    /// <summary>Four minutes on two busy processors.</summary>
    [Fact]
    public async Task OneCellIsRunToItsRowAndTheSameCommandFindsNothingLeftToRun()
    {
        using var directory = new TemporaryDirectory();
        var results = directory["results.tsv"];
        var first = await SoakAsync("--cells", "node-connection", "--times", "1", "--results", results);
        Assert.Equal(0, first.Code);
        Assert.Contains("| node-connection | 1 |", first.Table, StringComparison.Ordinal);
        Assert.Equal(2, File.ReadAllLines(results).Length);

        Assert.Equal((0, first.Table), await SoakAsync("--cells", "node-connection", "--times", "1", "--results", results));
        Assert.Equal(2, File.ReadAllLines(results).Length);
    }

    private async Task<(int Code, string Table)> SoakAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(LabMachines.Repository, "test", "soak"), arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        (start.Environment["TWINBUS_LAB_NAME"], start.Environment["TWINBUS_LAB_NET"]) = ("soakt", "10.107.0");
        using var process = Process.Start(start)!;
        try
        {
            var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var table = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            output.WriteLine(await error);
            output.WriteLine(table);
            return (process.ExitCode, table);
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
