namespace Twinbus.Hosts.Kinds.Services;

/// <summary>
/// Counts how often a service ended while its start is awaited, from what is seen of it now and then: its main process,
/// and when it was last started, which also tells of a process that came and went between two looks.
/// </summary>
/// <param name="startedAt">When it was last started, as seen before it was told to start.</param>
/// <param name="process">Its main process at that time.</param>
internal sealed class ServiceCrashes(DateTime startedAt, int? process)
{
    private readonly DateTime before = startedAt;
    private DateTime latest = startedAt;
    private int? seen = process;

    // Whether the latest start is known to have ended; each counts once, however it shows.
    private bool ended = process is null;

    public int Count { get; private set; }

    /// <summary>Whether the service was started since it was told to.</summary>
    public bool HasStarted => latest != before;

    /// <summary>Takes in what is seen now; the time of the start is to be read before the process.</summary>
    /// <returns>Whether it tells of one more crash.</returns>
    public bool Notice(DateTime startedAtNow, int? processNow)
    {
        var died = false;
        if (startedAtNow != latest)
        {
            died = !ended;
            (latest, ended) = (startedAtNow, false);
        }
        else if (seen is not null && processNow != seen)
        {
            died = !ended;
            ended = true;
        }

        seen = processNow;
        Count += died ? 1 : 0;
        return died;
    }
}
