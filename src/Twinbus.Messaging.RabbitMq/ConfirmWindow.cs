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
    private TaskCompletionSource? emptied;
    private ClosedWindow? closed;

    /// <summary>Enters the message that is written next; false when the channel is closed.</summary>
    public bool TryAdd(PublishItem item)
    {
        lock (gate)
        {
            if (closed is not null)
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
            if (closed is null && next > oldest && ReferenceEquals(ring[Slot(next - 1)], item))
            {
                ring[Slot(--next)] = null;
            }
        }
    }

    /// <summary>The client library has taken the newest message; how the channel ended when it closed meanwhile, else null.</summary>
    public ClosedWindow? MarkWritten(PublishItem item)
    {
        lock (gate)
        {
            item.WasWritten = true;
            return ReferenceEquals(closed?.BeingWritten, item) ? closed : null;
        }
    }

    /// <summary>Completes when nothing waits for its confirmation, or the channel is closed.</summary>
    public Task EmptiedAsync()
    {
        lock (gate)
        {
            return oldest == next || closed is not null
                ? Task.CompletedTask
                : (emptied ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
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

            if (oldest == next)
            {
                Tell();
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

    /// <summary>Those that wait for their confirmation, and somebody for them, and that are so.</summary>
    public List<PublishItem> Where(Func<PublishItem, bool> so)
    {
        List<PublishItem> found = [];
        lock (gate)
        {
            for (ulong at = oldest; at < next; at++)
            {
                if (ring[Slot(at)] is { IsEnded: false } item && so(item))
                {
                    found.Add(item);
                }
            }
        }

        return found;
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

    /// <summary>Closes it and takes out all whose fate is unknown. One that is being written stays its writer's.</summary>
    /// <param name="refusal">The broker closed the channel over one of the messages; null for another reason.</param>
    /// <returns>Null when it was closed before.</returns>
    public ClosedWindow? Close(PublishRefusal? refusal)
    {
        var written = new List<PublishItem>();
        PublishItem? beingWritten = null;
        lock (gate)
        {
            if (closed is not null)
            {
                return null;
            }

            for (ulong at = oldest; at < next; at++)
            {
                if (ring[Slot(at)] is { WasWritten: true } item)
                {
                    written.Add(item);
                }
                else
                {
                    beingWritten = ring[Slot(at)] ?? beingWritten;
                }
            }

            int maybeTaken = written.Count;
            PublishItem? refused = refusal?.Find(beingWritten is null ? written : [.. written, beingWritten], out maybeTaken);
            oldest = next;
            Tell();
            return closed = new ClosedWindow(written, Math.Min(maybeTaken, written.Count), beingWritten, refusal, refused);
        }
    }

    // Under the lock.
    private void Tell()
    {
        emptied?.TrySetResult();
        emptied = null;
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

/// <summary>What was unconfirmed when a channel closed.</summary>
/// <param name="Written">What was written, oldest first.</param>
/// <param name="MaybeTaken">How many of them the broker may have taken: nobody got those behind.</param>
/// <param name="BeingWritten">The newest, when it is not known to be written: its writer sees to it; null for none.</param>
/// <param name="Refusal">The broker closed the channel over one of the messages; null for another reason.</param>
/// <param name="Refused">Which one, when that is known; it may be the one that was being written.</param>
internal sealed record ClosedWindow(
    List<PublishItem> Written, int MaybeTaken, PublishItem? BeingWritten, PublishRefusal? Refusal, PublishItem? Refused);
