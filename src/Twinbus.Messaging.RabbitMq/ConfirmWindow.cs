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

    /// <summary>Takes back the newest message: it was not written, and the next one has its number.</summary>
    public void Withdraw(PublishItem item)
    {
        lock (gate)
        {
            if (!closed && next > oldest && ReferenceEquals(ring[Slot(next - 1)], item))
            {
                ring[Slot(--next)] = null;
            }
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

    /// <summary>The mandatory message with this body, which holds an id of its own; null when it is not here.</summary>
    public PublishItem? FindReturned(ReadOnlySpan<byte> body)
    {
        lock (gate)
        {
            for (ulong at = oldest; at < next; at++)
            {
                // Compared as it was sent: a compressed body shows no id.
                if (ring[Slot(at)] is { Mandatory: true, WasReturned: false } item && body.SequenceEqual(item.Body.WrittenSpan))
                {
                    return item;
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

    /// <summary>Whether the broker closed the channel over a message, and so took none of those written after it.</summary>
    public bool WasRefused { get; private set; }

    /// <summary>Closes it and takes out all whose fate is unknown. One that is being written stays its writer's.</summary>
    /// <param name="refused">The broker closed the channel over one of the messages.</param>
    /// <param name="beingWritten">The newest, when it is not known to be written; null otherwise.</param>
    public List<PublishItem> Close(bool refused, out PublishItem? beingWritten)
    {
        beingWritten = null;
        var lost = new List<PublishItem>();
        lock (gate)
        {
            closed = true;
            WasRefused = refused;
            for (ulong at = oldest; at < next; at++)
            {
                if (ring[Slot(at)] is { WasWritten: true } item)
                {
                    lost.Add(item);
                }
                else
                {
                    beingWritten = ring[Slot(at)] ?? beingWritten;
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
