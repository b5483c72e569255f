namespace Twinbus.Messaging.Wire;

/// <summary>Remembers the ids of the last messages of one listener, so that a second delivery is recognised.</summary>
/// <remarks>Not thread-safe: a listener asks it from its one receiving loop, or under its own lock.</remarks>
public sealed class DuplicateWindow
{
    /// <summary>Ids remembered unless told otherwise. The original keeps 16.</summary>
    public const int DefaultSize = 16_384;

    private readonly int size;
    private readonly HashSet<MessageId> seen = [];
    private readonly Queue<MessageId> order = new();

    /// <summary>A window over the last <paramref name="size"/> ids (at least 1); memory grows with what is seen.</summary>
    public DuplicateWindow(int size = DefaultSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        this.size = size;
    }

    /// <summary>Whether the id is among those remembered.</summary>
    public bool Contains(MessageId id) => seen.Contains(id);

    /// <summary>Remembers the id; false when it was there already, a duplicate.</summary>
    public bool TryAdd(MessageId id)
    {
        if (!seen.Add(id))
        {
            return false;
        }

        order.Enqueue(id);
        if (order.Count > size)
        {
            seen.Remove(order.Dequeue());
        }

        return true;
    }
}
