namespace Twinbus.Soak;

/// <summary>The results of all runs, a line each, with the names of the columns above them.</summary>
internal sealed class ResultsFile(string path)
{
    /// <summary>All rows; none when there is no file yet.</summary>
    /// <exception cref="FormatException">A line is no row; the text names file and line.</exception>
    public IReadOnlyList<SoakRow> Read() =>
        File.Exists(path) ? [.. File.ReadLines(path).Select((line, index) => (line, index)).Skip(1).Select(each => Row(each.line, each.index + 1))] : [];

    /// <summary>Adds a row, whole or not at all.</summary>
    public void Append(SoakRow row)
    {
        var head = File.Exists(path) ? "" : string.Join('\t', SoakRow.Columns) + "\n";
        File.AppendAllText(path, head + row.Format() + "\n");
    }

    /// <summary>The runs that are still to be made: each cell once before any is run again.</summary>
    /// <param name="done">What was run of this commit.</param>
    /// <param name="cells">What is to be run.</param>
    /// <param name="times">How often.</param>
    public static IReadOnlyList<Cell> Remaining(IReadOnlyCollection<SoakRow> done, IReadOnlyList<Cell> cells, int times) =>
        [.. Enumerable.Range(1, times).SelectMany(turn => cells.Where(cell => done.Count(row => row.Cell == cell.Name) < turn))];

    private SoakRow Row(string line, int number)
    {
        try
        {
            return SoakRow.Parse(line);
        }
        catch (FormatException error)
        {
            throw new FormatException($"{path}:{number}: this is no row of results: {error.Message}", error);
        }
    }
}
