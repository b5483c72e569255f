using Twinbus.Cli.Output;

namespace Twinbus.Cli.Failures;

/// <summary>How a failure looks on standard error.</summary>
internal static class FailureText
{
    /// <summary>Writes each failure; returns the exit code of all: the first one's when all agree, else 1.</summary>
    public static ExitCode WriteAll(IEnumerable<Failure> failures, Terminal terminal)
    {
        ExitCode[] codes = [.. failures.Select(failure => Write(failure, terminal)).Distinct()];
        return codes.Length == 1 ? codes[0] : ExitCode.Failed;
    }

    /// <summary>Writes what failed and what to do next; returns the exit code.</summary>
    public static ExitCode Write(Failure failure, Terminal terminal)
    {
        Style style = terminal.ErrorStyle;
        foreach (string line in failure.Lines)
        {
            terminal.Error.WriteLine(line);
        }

        string[] what = failure.What.Split('\n');
        terminal.Error.WriteLine($"{Application.Name}: {style.Bad(what[0])}");
        foreach (string line in what.Skip(1))
        {
            terminal.Error.WriteLine($"  {line}");
        }

        foreach (string next in failure.Next.Where(next => next.Length > 0))
        {
            terminal.Error.WriteLine(style.Faint($"  -> {next}"));
        }

        return failure.Code;
    }
}
