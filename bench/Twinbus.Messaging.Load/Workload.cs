using System.Diagnostics;

namespace Twinbus.Messaging.Load;

/// <summary>A closed loop: so many workers, each of which begins the next operation when its last one is done.</summary>
internal static class Workload
{
    /// <summary>What every contestant carries, there and back: one kibibyte of text.</summary>
    public static string Text { get; } = string.Concat(Enumerable.Range(0, 74).Select(line => $"{line:x4} twinbus.."))[..1024];

    /// <summary>How many workers keep a notification in flight, for every contestant that can have more than one.</summary>
    public const int NotificationWindow = 100;

    public static async Task<Measurement> RunAsync(Func<Task> operation, int workers, TimeSpan duration)
    {
        long begin = Stopwatch.GetTimestamp();
        long end = begin + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        List<double>[] times = await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(() => LoopAsync(operation, end))));
        double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        double[] sorted = [.. times.SelectMany(list => list).Order()];
        return new Measurement(sorted.Length / seconds, At(sorted, 0.50), At(sorted, 0.99));
    }

    private static async Task<List<double>> LoopAsync(Func<Task> operation, long end)
    {
        List<double> milliseconds = new(capacity: 65_536);
        long now = Stopwatch.GetTimestamp();
        while (now < end)
        {
            await operation();
            long done = Stopwatch.GetTimestamp();
            milliseconds.Add((done - now) * 1000.0 / Stopwatch.Frequency);
            now = done;
        }

        return milliseconds;
    }

    private static double At(double[] sorted, double quantile) => sorted[(int)Math.Min(sorted.Length - 1, sorted.Length * quantile)];
}
