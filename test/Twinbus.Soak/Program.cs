using System.Runtime.InteropServices;
using Twinbus.Soak;
using Twinbus.Testing.Lab;

try
{
    var options = SoakOptions.Parse(args, Path.Combine(LabMachines.Repository, "test", "soak.results.tsv"));
    var results = new ResultsFile(options.Results);
    if (options.IsHelp)
    {
        Console.WriteLine(SoakOptions.Help);
        return 0;
    }

    if (options.IsList)
    {
        Console.Write(string.Concat(Catalogue.Cells.Select(cell => $"{cell.Name,-22}{cell.Title}\n")));
        return 0;
    }

    if (options.IsReport)
    {
        Console.Write(SummaryTable.Render(results.Read()));
        return 0;
    }

    using var ending = new CancellationTokenSource();
    void End(PosixSignalContext signal)
    {
        signal.Cancel = true;
        ending.Cancel();
    }

    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
    using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
    return await new SoakProgram(options, results).RunAsync(ending.Token);
}
catch (FormatException error)
{
    Console.Error.WriteLine($"test/soak: {error.Message}");
    return 2;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("test/soak: interrupted; the same command goes on with the cell that was not done.");
    return 1;
}
