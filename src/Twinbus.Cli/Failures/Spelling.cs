namespace Twinbus.Cli.Failures;

/// <summary>Finds the word that was probably meant.</summary>
internal static class Spelling
{
    /// <summary>The known word nearest to <paramref name="word"/>, if one is near enough to be meant.</summary>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        string bare = word.TrimStart('-');
        var best = known
            .Select(candidate => (Word: candidate, Distance: Distance(bare, candidate.TrimStart('-'))))
            .OrderBy(candidate => candidate.Distance)
            .FirstOrDefault((Word: "", Distance: int.MaxValue));
        return best.Distance <= Math.Max(1, bare.Length / 3) ? best.Word : null;
    }

    // Optimal string alignment: two neighbours swapped count as one mistake.
    private static int Distance(string from, string to)
    {
        int[,] cost = new int[from.Length + 1, to.Length + 1];
        for (int i = 0; i <= from.Length; i++)
        {
            cost[i, 0] = i;
        }

        for (int j = 0; j <= to.Length; j++)
        {
            cost[0, j] = j;
        }

        for (int i = 1; i <= from.Length; i++)
        {
            for (int j = 1; j <= to.Length; j++)
            {
                int replaced = cost[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                cost[i, j] = Math.Min(replaced, Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[from.Length, to.Length];
    }
}
