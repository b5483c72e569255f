namespace Twinbus.Messaging;

/// <summary>Finds the known word that somebody probably meant: an option, a scheme, a parameter.</summary>
public static class WordSuggestion
{
    /// <summary>The known name nearest to <paramref name="name"/>, or null when none is near enough to be a slip of the hand.</summary>
    public static string? Of(string name, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(known);
        string? best = null;
        int bestDistance = Math.Clamp(name.Length / 4, 1, 3) + 1;
        foreach (string candidate in known)
        {
            int distance = Math.Abs(candidate.Length - name.Length) >= bestDistance ? bestDistance : Distance(name, candidate);
            if (distance < bestDistance)
            {
                (best, bestDistance) = (candidate, distance);
            }
        }

        return best;
    }

    /// <summary>A phrase for an error's last part: <c>did you mean X?</c>, or <paramref name="otherwise"/>.</summary>
    public static string Suggest(string name, IEnumerable<string> known, string otherwise) =>
        Of(name, known) is { } nearest ? $"did you mean {nearest}?" : otherwise;

    // Inserted, lost, changed or swapped letters; a change of case counts half a letter, rounded up over the word.
    private static int Distance(string left, string right)
    {
        int[] beforeLast = new int[right.Length + 1];
        int[] last = new int[right.Length + 1];
        int[] row = new int[right.Length + 1];
        for (int column = 0; column <= right.Length; column++)
        {
            last[column] = 2 * column;
        }

        for (int i = 1; i <= left.Length; i++)
        {
            row[0] = 2 * i;
            for (int j = 1; j <= right.Length; j++)
            {
                int change = last[j - 1] + Change(left[i - 1], right[j - 1]);
                row[j] = Math.Min(change, Math.Min(last[j], row[j - 1]) + 2);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    row[j] = Math.Min(row[j], beforeLast[j - 2] + 2);
                }
            }

            (beforeLast, last, row) = (last, row, beforeLast);
        }

        return (last[right.Length] + 1) / 2;
    }

    private static int Change(char left, char right)
    {
        if (left == right)
        {
            return 0;
        }

        return char.ToUpperInvariant(left) == char.ToUpperInvariant(right) ? 1 : 2;
    }
}
