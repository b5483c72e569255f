using System.Globalization;

namespace Twinbus.Soak;

/// <summary>What the command line says.</summary>
internal sealed record SoakOptions
{
    public const string Help = """
        usage: test/soak [--cells NAME,...] [--times N] [--fresh] [--seed N] [--results FILE] [--no-build]
               test/soak --list | --report [--results FILE]

        Boots three hosts, deploys two RabbitMQ clusters on them with ./twinbus deploy, and runs fault after fault under
        100 calls and 200 notifications a second. Each run of a cell appends a line to the results file. Killed and started
        again it goes on with the first run that has no line for what is checked out. Needs root, and what ./run-tests installs.

          --cells NAME,...  only these cells; a name that ends in - is all that begin so. Default: all
          --times N         runs of each cell. Default: 2
          --fresh           runs all of them, whatever the results file holds
          --seed N          decides what is random: which host is hit, and the topics. Default: another one for each run
          --results FILE    default: test/soak.results.tsv
          --list            names the cells and ends
          --report          a table of the results file, runs of one cell of one commit summed up, and ends
          --no-build        runs what was built last

        Progress is on stderr, the table at the end on stdout; what the library said in each run is in artifacts/soak.
        Exit codes: 0 all is well; 1 an acknowledged notification was lost, an answer was wrong, or something hung or went
        deaf, or a cell could not be run; 2 wrong usage.
        Environment: TWINBUS_LAB_NAME (soak) and TWINBUS_LAB_NET (10.106.0): names and addresses of the hosts.

        examples:
          test/soak                                   every cell twice: about two hours on two processors
          test/soak --cells kill,cut-47 --times 1     two cells, once
          test/soak --cells node- --times 5           what can happen to one node, five times
          test/soak --cells freeze-33 --seed 7        the same host as a run that says 7
          test/soak --report                          what is known so far
        """;

    public IReadOnlyList<Cell> Cells { get; private init; } = Catalogue.Cells;

    public int Times { get; private init; } = 2;

    public int? Seed { get; private init; }

    public string Results { get; private init; } = "";

    public bool IsFresh { get; private init; }

    public bool IsList { get; private init; }

    public bool IsReport { get; private init; }

    public bool IsHelp { get; private init; }

    /// <summary>Reads the command line.</summary>
    /// <param name="arguments">What was given.</param>
    /// <param name="results">The results file if none is given.</param>
    /// <exception cref="FormatException">It cannot be understood; the text says why.</exception>
    public static SoakOptions Parse(IReadOnlyList<string> arguments, string results)
    {
        var options = new SoakOptions { Results = results };
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            options = name switch
            {
                "-h" or "--help" => options with { IsHelp = true },
                "--list" => options with { IsList = true },
                "--report" => options with { IsReport = true },
                "--fresh" => options with { IsFresh = true },
                "--no-build" => options,
                "--cells" => options with { Cells = CellsOf(Value()) },
                "--times" => options with { Times = Number() is > 0 and var times ? times : throw new FormatException("--times takes a number above 0") },
                "--seed" => options with { Seed = Number() },
                "--results" => options with { Results = Path.GetFullPath(Value()) },
                _ => throw new FormatException($"unknown argument: {name}"),
            };

            string Value() => ++i < arguments.Count ? arguments[i] : throw new FormatException($"{name} takes a value");

            int Number() => int.TryParse(Value(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw new FormatException($"{name} takes a number, not \"{arguments[i]}\"");
        }

        return options;
    }

    private static IReadOnlyList<Cell> CellsOf(string names) =>
    [
        .. names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).SelectMany(name =>
            Catalogue.Cells.Where(cell => cell.Name == name || (name.EndsWith('-') && cell.Name.StartsWith(name, StringComparison.Ordinal))).ToList() is { Count: > 0 } found
                ? found
                : throw new FormatException($"no cell is called \"{name}\"; see test/soak --list")),
    ];
}
