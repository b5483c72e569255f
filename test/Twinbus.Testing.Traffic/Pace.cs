namespace Twinbus.Testing.Traffic;

/// <summary>An open loop: sends at a steady rate, whatever becomes of what was sent before.</summary>
public static class Pace
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(5);

    /// <summary>Sends number after number until cancelled; returns how many. What a busy machine delays is caught up with.</summary>
    public static async Task<int> RunAsync(int perSecond, Action<int> send, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Tick);
        var start = TimeProvider.System.GetTimestamp();
        var sent = 0;
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                var due = (int)(TimeProvider.System.GetElapsedTime(start).TotalSeconds * perSecond);
                for (; sent < due; sent++)
                {
                    send(sent);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The load ends.
        }

        return sent;
    }
}
