namespace Twinbus.Cli.Output;

/// <summary>Text in lines of a width.</summary>
internal static class TextLines
{
    /// <summary>Breaks <paramref name="text"/> at spaces; a word longer than <paramref name="width"/> stands alone. At least one line.</summary>
    public static IEnumerable<string> Wrap(string text, int width)
    {
        string line = "";
        foreach (string word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = word;
            }
            else
            {
                line = line.Length == 0 ? word : $"{line} {word}";
            }
        }

        yield return line;
    }

    /// <summary>Rows of cells as left-aligned columns, two spaces apart.</summary>
    public static IEnumerable<string> Columns(IReadOnlyList<string[]> rows)
    {
        int[] widths = [.. Enumerable.Range(0, rows.Max(row => row.Length)).Select(column => rows.Max(row => column < row.Length ? row[column].Length : 0))];
        return rows.Select(row => string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }
}
