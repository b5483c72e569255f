using System.Globalization;

namespace Twinbus.Soak;

/// <summary>Runs summed up: counts added, times the longest.</summary>
internal static class SummaryTable
{
    private static readonly string[] Columns =
    [
        "commit", "cell", "runs", "acked", "lost", "twice", "calls ok", "wrong", "executed twice", "timed out (executed)", "hung", "deaf",
        "silence notify / calls", "silence of all", "back", "needed a hand",
    ];

    /// <summary>A table in Markdown, a line for each cell of each commit, and one for all.</summary>
    public static string Render(IReadOnlyCollection<SoakRow> rows)
    {
        IEnumerable<string[]> lines = rows.GroupBy(row => (row.Commit, row.Cell)).Select(same => Line(same.Key.Commit, same.Key.Cell, [.. same]));
        if (rows.Count > 0)
        {
            lines = lines.Append(Line("", "all", rows));
        }

        return string.Concat(((string[][])[Columns, [.. Columns.Select(_ => "---")], .. lines]).Select(line => $"| {string.Join(" | ", line)} |\n"));
    }

    private static string[] Line(string commit, string cell, IReadOnlyCollection<SoakRow> rows)
    {
        return
        [
            commit, cell, Count(_ => 1), Count(r => r.Acknowledged), Never(r => r.Lost), Count(r => r.Twice), Count(r => r.CallsAnswered), Never(r => r.Wrong),
            Count(r => r.ExecutedTwice), $"{Count(r => r.TimedOut)} ({Count(r => r.TimedOutExecuted)})", Never(r => r.Hung), Never(r => r.Deaf),
            $"{Longest(r => r.SilenceOfNotifications)} / {Longest(r => r.SilenceOfCalls)} s",
            $"{Longest(r => r.SilenceOfAllNotifications)} / {Longest(r => r.SilenceOfAllCalls)} s",
            $"{Longest(r => r.RecoveredAfter)} s", Count(r => r.NeededAHand ? 1 : 0),
        ];

        string Count(Func<SoakRow, int> count) => rows.Sum(count).ToString("N0", CultureInfo.InvariantCulture);

        string Never(Func<SoakRow, int> count) => rows.Sum(count) == 0 ? "0" : $"**{Count(count)}**";

        string Longest(Func<SoakRow, double> seconds) => rows.Max(seconds).ToString("0.0", CultureInfo.InvariantCulture);
    }
}
