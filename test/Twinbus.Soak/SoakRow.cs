using System.Globalization;

namespace Twinbus.Soak;

/// <summary>One run of one cell: a line of the results file.</summary>
internal sealed record SoakRow
{
    /// <summary>Names of the columns, in their order.</summary>
    public static IReadOnlyList<string> Columns { get; } =
    [
        "date", "machine", "commit", "cell", "seed", "acked", "lost", "twice", "calls ok", "wrong", "executed twice", "timed out", "of these executed", "hung", "deaf",
        "silence notify", "of all", "silence calls", "of all", "recovered after", "needed a hand", "health during", "health after", "notes",
    ];

    public DateTimeOffset Date { get; init; }

    public string Machine { get; init; } = "";

    /// <summary>What was run; a + behind it says that files were changed since.</summary>
    public string Commit { get; init; } = "";

    public string Cell { get; init; } = "";

    public int Seed { get; init; }

    /// <summary>Confirmed notifications.</summary>
    public int Acknowledged { get; init; }

    /// <summary>Those of them that nobody received after all was mended and drained.</summary>
    public int Lost { get; init; }

    /// <summary>Receptions of notifications beyond the first.</summary>
    public int Twice { get; init; }

    /// <summary>Calls that got their own answer.</summary>
    public int CallsAnswered { get; init; }

    /// <summary>Calls that got another's.</summary>
    public int Wrong { get; init; }

    public int ExecutedTwice { get; init; }

    public int TimedOut { get; init; }

    public int TimedOutExecuted { get; init; }

    /// <summary>Sendings without an outcome a second after their deadline.</summary>
    public int Hung { get; init; }

    /// <summary>Who is connected and not served afterwards.</summary>
    public int Deaf { get; init; }

    /// <summary>Seconds, of the notifier that had to wait longest.</summary>
    public double SilenceOfNotifications { get; init; }

    /// <summary>Seconds without a confirm for any notifier.</summary>
    public double SilenceOfAllNotifications { get; init; }

    /// <summary>Seconds, of the caller that had to wait longest.</summary>
    public double SilenceOfCalls { get; init; }

    /// <summary>Seconds without an answer for any caller.</summary>
    public double SilenceOfAllCalls { get; init; }

    /// <summary>Seconds from the end of the fault to the first of five in which nothing failed.</summary>
    public double RecoveredAfter { get; init; }

    /// <summary>Whether a cluster did not become whole by itself, so that members were restarted as an operator would.</summary>
    public bool NeededAHand { get; init; }

    /// <summary>What <c>twinbus health</c> said while the fault was there.</summary>
    public string HealthDuring { get; init; } = "";

    public string HealthAfter { get; init; } = "";

    /// <summary>What else is to be known: what was restarted by hand, who is deaf, other failures, a load that fell behind.</summary>
    public string Notes { get; init; } = "";

    /// <summary>Whether what may never happen did not.</summary>
    public bool IsGood => Lost == 0 && Wrong == 0 && Hung == 0 && Deaf == 0;

    /// <summary>The line, without its end.</summary>
    public string Format() => string.Join('\t', ((string[])
    [
        Date.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), Machine, Commit, Cell, Text(Seed), Text(Acknowledged), Text(Lost), Text(Twice), Text(CallsAnswered), Text(Wrong),
        Text(ExecutedTwice), Text(TimedOut), Text(TimedOutExecuted), Text(Hung), Text(Deaf), Text(SilenceOfNotifications), Text(SilenceOfAllNotifications),
        Text(SilenceOfCalls), Text(SilenceOfAllCalls), Text(RecoveredAfter), NeededAHand ? "yes" : "no", HealthDuring, HealthAfter, Notes,
    ]).Select(text => text.Replace('\t', ' ').Replace('\n', ' ')));

    /// <summary>Reads a line.</summary>
    /// <exception cref="FormatException">It is none; the text says why.</exception>
    public static SoakRow Parse(string line)
    {
        var cells = line.Split('\t');
        if (cells.Length != Columns.Count)
        {
            throw new FormatException($"it has {cells.Length} columns and not {Columns.Count}");
        }

        var next = 0;
        return new SoakRow
        {
            Date = DateTimeOffset.ParseExact(cells[next++], "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
            Machine = cells[next++],
            Commit = cells[next++],
            Cell = cells[next++],
            Seed = Count(),
            Acknowledged = Count(),
            Lost = Count(),
            Twice = Count(),
            CallsAnswered = Count(),
            Wrong = Count(),
            ExecutedTwice = Count(),
            TimedOut = Count(),
            TimedOutExecuted = Count(),
            Hung = Count(),
            Deaf = Count(),
            SilenceOfNotifications = Seconds(),
            SilenceOfAllNotifications = Seconds(),
            SilenceOfCalls = Seconds(),
            SilenceOfAllCalls = Seconds(),
            RecoveredAfter = Seconds(),
            NeededAHand = cells[next++] == "yes",
            HealthDuring = cells[next++],
            HealthAfter = cells[next++],
            Notes = cells[next],
        };

        int Count() => int.Parse(cells[next++], NumberStyles.None, CultureInfo.InvariantCulture);

        double Seconds() => double.Parse(cells[next++], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
    }

    private static string Text(int count) => count.ToString(CultureInfo.InvariantCulture);

    private static string Text(double seconds) => seconds.ToString("0.0", CultureInfo.InvariantCulture);
}
