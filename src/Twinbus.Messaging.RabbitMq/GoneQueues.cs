namespace Twinbus.Messaging.RabbitMq;

/// <summary>
/// Reply queues whose clients did not come back: the last 200, each for a minute, as the original keeps them. Replies to
/// them are not worth another minute of trying.
/// </summary>
internal sealed class GoneQueues(TimeProvider time)
{
    public const int Size = 200;
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    private readonly Lock gate = new();
    private readonly Dictionary<string, long> since = new(StringComparer.Ordinal);
    private readonly Queue<(string Queue, long Since)> byAge = new();

    public void Add(string queue)
    {
        lock (gate)
        {
            long now = time.GetTimestamp();
            since[queue] = now;
            byAge.Enqueue((queue, now));
            while (byAge.Count > Size || time.GetElapsedTime(byAge.Peek().Since, now) >= Lifetime)
            {
                (string oldest, long at) = byAge.Dequeue();
                if (since.TryGetValue(oldest, out long newest) && newest == at)
                {
                    since.Remove(oldest);
                }
            }
        }
    }

    public bool Contains(string queue)
    {
        lock (gate)
        {
            return since.TryGetValue(queue, out long at) && time.GetElapsedTime(at) < Lifetime;
        }
    }
}
