namespace Twinbus.Messaging.Load;

/// <summary>What one run of one contestant came to.</summary>
/// <param name="PerSecond">Calls answered, or notifications confirmed, in a second.</param>
/// <param name="P50">The median time of one, in milliseconds.</param>
/// <param name="P99">The time that one in a hundred exceeds, in milliseconds.</param>
internal sealed record Measurement(double PerSecond, double P50, double P99)
{
    /// <summary>The median of each figure over several runs.</summary>
    public static Measurement Median(IReadOnlyCollection<Measurement> runs) => new(
        Middle(runs.Select(run => run.PerSecond)),
        Middle(runs.Select(run => run.P50)),
        Middle(runs.Select(run => run.P99)));

    public static double Middle(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int half = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}
