namespace Twinbus.Messaging.RabbitMq;

/// <summary>
/// The messages of one channel that the broker has not confirmed yet, in a ring by sequence number. Its lock is short:
/// one thread writes, one reads confirmations.
/// </summary>
internal sealed class ConfirmWindow
{
    private readonly Lock gate = new();
    private PublishItem?[] ring = new PublishItem?[256];
    private ulong oldest = 1;
    private ulong next = 1;
    private bool closed;

    /// <summary>Enters the message that is written next; false when the channel is closed.</summary>
    public bool TryAdd(PublishItem item)
    {
        lock (gate)
        {
            if (closed)
            {
                return false;
            }

            if (next - oldest == (ulong)ring.Length)
            {
                Grow();
            }

            item.WasWritten = false;
            ring[Slot(next++)] = item;
            return true;
        }
    }

    /// <summary>The client library has taken the newest message; false when the channel closed meanwhile.</summary>
    public bool MarkWritten(PublishItem item)
    {
        lock (gate)
        {
            item.WasWritten = true;
            return !closed || item.IsEnded;
        }
    }

    /// <summary>Takes out what a confirmation covers, oldest first.</summary>
    public void Take(ulong tag, bool multiple, List<PublishItem> taken)
    {
        lock (gate)
        {
            if (tag >= next || tag < oldest)
            {
                return;
            }

            for (ulong at = multiple ? oldest : tag; at <= tag; at++)
            {
                if (ring[Slot(at)] is { } item)
                {
                    taken.Add(item);
                    ring[Slot(at)] = null;
                }
            }

            while (oldest < next && ring[Slot(oldest)] is null)
            {
                oldest++;
            }
        }
    }

    /// <summary>The mandatory message whose unique id stands in a returned body; null when it is not here.</summary>
    public PublishItem? FindReturned(ReadOnlySpan<byte> body)
    {
        Span<byte> digits = stackalloc byte[Wire.MessageId.Length];
        lock (gate)
        {
            for (ulong at = oldest; at < next; at++)
            {
                if (ring[Slot(at)] is { Mandatory: true, WasReturned: false } item)
                {
                    item.UniqueId.Format(digits);
                    if (body.IndexOf(digits) >= 0)
                    {
                        return item;
                    }
                }
            }
        }

        return null;
    }

    /// <summary>What waits for its confirmation longer than it may.</summary>
    public void CopyOverdue(long now, List<PublishItem> overdue)
    {
        lock (gate)
        {
            for (ulong at = oldest; at < next; at++)
            {
                if (ring[Slot(at)] is { IsEnded: false } item && now >= item.ConfirmDeadline)
                {
                    overdue.Add(item);
                }
            }
        }
    }

    /// <summary>Whether anything waits for its confirmation.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (gate)
            {
                return oldest == next;
            }
        }
    }

    /// <summary>Closes it and takes out all whose fate is unknown. One that was not yet written stays its writer's.</summary>
    public List<PublishItem> Close()
    {
        var lost = new List<PublishItem>();
        lock (gate)
        {
            closed = true;
            for (ulong at = oldest; at < next; at++)
            {
                if (ring[Slot(at)] is { WasWritten: true } item)
                {
                    lost.Add(item);
                }
            }

            oldest = next;
        }

        return lost;
    }

    private int Slot(ulong tag) => (int)(tag & (ulong)(ring.Length - 1));

    private void Grow()
    {
        var larger = new PublishItem?[ring.Length * 2];
        for (ulong at = oldest; at < next; at++)
        {
            larger[(int)(at & (ulong)(larger.Length - 1))] = ring[Slot(at)];
        }

        ring = larger;
    }
}
