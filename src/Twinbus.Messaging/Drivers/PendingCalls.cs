using System.Collections.Concurrent;
using System.Threading.Tasks.Sources;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.Drivers;

/// <summary>
/// The calls that wait for their replies. Whoever takes a call's id out ends it, so each ends once: in its own reply, in
/// an error, at its deadline or by cancellation. One timer serves all of them.
/// </summary>
public sealed class PendingCalls : IDisposable
{
    // Deadlines are seconds in practice; this is how late a timeout may be reported, so that many in a row share one look.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    // What a timer can take, and more than anybody waits.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<UInt128, Entry> entries = new();
    private readonly ConcurrentQueue<Entry> free = new();
    private readonly TimeProvider time;
    private readonly Func<object, string?>? whyUnanswered;
    private readonly ITimer timer;
    private readonly Lock arming = new();
    private long due = long.MaxValue;

    /// <summary>No calls yet.</summary>
    /// <param name="time">Where deadlines come from.</param>
    /// <param name="whyUnanswered">
    /// Of what stands for a call's message on its way, why it cannot have been answered, in whole sentences; null when the bus
    /// has it. Asked when the call has timed out. Null: nothing is known of that.
    /// </param>
    public PendingCalls(TimeProvider time, Func<object, string?>? whyUnanswered = null)
    {
        ArgumentNullException.ThrowIfNull(time);
        this.time = time;
        this.whyUnanswered = whyUnanswered;
        timer = Detached.Timer(
            time, static state => ((PendingCalls)state!).Expire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many wait.</summary>
    public int Count => entries.Count;

    /// <summary>Enters a call. Await the task once; it ends by the request's timeout at the latest.</summary>
    /// <param name="id">The call's id.</param>
    /// <param name="request">What is called.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="sending">What stands for its message on its way; see the constructor. Null: nothing does.</param>
    public ValueTask<IncomingReply> Add(MessageId id, OutgoingRequest request, CancellationToken cancellationToken, object? sending = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!free.TryDequeue(out Entry? entry))
        {
            entry = new Entry(this);
        }

        long ends = entry.Start(id, request, sending, time);
        entries[id.Value] = entry;
        ValueTask<IncomingReply> task = entry.Task;
        if (cancellationToken.CanBeCanceled)
        {
            entry.Observe(cancellationToken);
        }

        Arm(ends);
        return task;
    }

    /// <summary>Ends a call with its reply; false when nobody waits any more (then the caller disposes the reply).</summary>
    public bool TryComplete(MessageId id, IncomingReply reply)
    {
        if (!entries.TryRemove(id.Value, out Entry? entry))
        {
            return false;
        }

        entry.Complete(reply);
        return true;
    }

    /// <summary>Ends a call with an error; false when it has ended already.</summary>
    public bool TryFail(MessageId id, Exception error)
    {
        if (!entries.TryRemove(id.Value, out Entry? entry))
        {
            return false;
        }

        entry.Fail(error);
        return true;
    }

    /// <summary>Its server is alive: starts the call's monitor timeout again. The overall deadline stays.</summary>
    public void Extend(MessageId id)
    {
        if (entries.TryGetValue(id.Value, out Entry? entry))
        {
            entry.Extend(time.GetTimestamp());
        }
    }

    /// <summary>How long the last of those that wait now may wait.</summary>
    public TimeSpan LongestWait()
    {
        long now = time.GetTimestamp();
        long last = now;
        foreach (Entry entry in entries.Values)
        {
            last = Math.Max(last, entry.Deadline);
        }

        return TimeSpan.FromSeconds((last - now) / (double)time.TimestampFrequency);
    }

    /// <summary>Ends all calls with an error: the connection is being disposed.</summary>
    public void FailAll(Func<Exception> error)
    {
        ArgumentNullException.ThrowIfNull(error);
        foreach (UInt128 id in entries.Keys)
        {
            TryFail(new MessageId(id), error());
        }
    }

    /// <inheritdoc/>
    public void Dispose() => timer.Dispose();

    // The timer runs when the next call may expire and not before: a look every few milliseconds would be in the way of the
    // calls themselves.
    private void Arm(long deadline)
    {
        // Either this sees that the timer is not set, or the look that unset it sees the call.
        Interlocked.MemoryBarrier();
        if (deadline >= Volatile.Read(ref due))
        {
            return;
        }

        lock (arming)
        {
            if (deadline < due)
            {
                due = deadline;
                TimeSpan left = TimeSpan.FromSeconds((deadline - time.GetTimestamp()) / (double)time.TimestampFrequency);
                timer.Change(left < Tick ? Tick : left > Longest ? Longest : left, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void Expire()
    {
        lock (arming)
        {
            due = long.MaxValue;
        }

        Interlocked.MemoryBarrier();
        long now = time.GetTimestamp();
        long next = long.MaxValue;
        foreach ((UInt128 id, Entry entry) in entries)
        {
            if (entry.WhyExpired(new MessageId(id), now, out long ends) is { } error)
            {
                TryFail(new MessageId(id), error);
            }
            else
            {
                next = Math.Min(next, ends);
            }
        }

        Arm(next);
    }

    private sealed class Entry(PendingCalls pending) : IValueTaskSource<IncomingReply>
    {
        private const int MaxFree = 1024;

        private ManualResetValueTaskSourceCore<IncomingReply> core = new() { RunContinuationsAsynchronously = true };
        private CancellationTokenRegistration registration;
        private OutgoingRequest? request;
        private object? sending;
        private MessageId id;
        private long deadline;
        private long monitorTicks;
        private long monitorDeadline;

        public ValueTask<IncomingReply> Task => new(this, core.Version);

        public long Deadline => Volatile.Read(ref deadline);

        /// <summary>Begins to wait; returns the timestamp at which the wait may have to end.</summary>
        public long Start(MessageId callId, OutgoingRequest call, object? onItsWay, TimeProvider time)
        {
            id = callId;
            sending = onItsWay;
            request = call;
            long now = time.GetTimestamp();
            deadline = now + Ticks(call.Timeout.TotalSeconds, time);
            monitorTicks = call.CallMonitorTimeout is { } seconds ? Ticks(seconds, time) : 0;
            monitorDeadline = monitorTicks > 0 ? now + monitorTicks : long.MaxValue;
            return Math.Min(deadline, monitorDeadline);
        }

        public void Observe(CancellationToken cancellationToken) => registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((Entry)state!).Cancel(token), this);

        public void Complete(IncomingReply reply) => core.SetResult(reply);

        public void Fail(Exception error) => core.SetException(error);

        public void Extend(long now)
        {
            if (monitorTicks > 0)
            {
                Volatile.Write(ref monitorDeadline, now + monitorTicks);
            }
        }

        public MessagingTimeoutException? WhyExpired(MessageId expected, long now, out long ends)
        {
            ends = long.MaxValue;

            // The call may have ended, and the entry been given to another, since the walk saw it.
            if (Volatile.Read(ref request) is not { } call || id != expected)
            {
                return null;
            }

            ends = Math.Min(deadline, Volatile.Read(ref monitorDeadline));

            if (now >= deadline)
            {
                return new MessagingTimeoutException(
                    $"No reply to '{call.Method}' from {call.Target} within {call.Timeout.TotalSeconds:0.###} s. "
                    + (WhyUnanswered() ?? "Is a server running for this topic, and is it quick enough?"));
            }

            return now >= Volatile.Read(ref monitorDeadline)
                ? new MessagingTimeoutException(
                    $"The server that runs '{call.Method}' of {call.Target} sent no heartbeat for "
                    + $"{call.CallMonitorTimeout} s. {WhyUnanswered() ?? "It died or lost its connection."}")
                : null;
        }

        private string? WhyUnanswered() => sending is { } onItsWay ? pending.whyUnanswered?.Invoke(onItsWay) : null;

        IncomingReply IValueTaskSource<IncomingReply>.GetResult(short token)
        {
            try
            {
                return core.GetResult(token);
            }
            finally
            {
                registration.Dispose();
                registration = default;
                request = null;
                sending = null;
                core.Reset();
                if (pending.free.Count < MaxFree)
                {
                    pending.free.Enqueue(this);
                }
            }
        }

        ValueTaskSourceStatus IValueTaskSource<IncomingReply>.GetStatus(short token) => core.GetStatus(token);

        void IValueTaskSource<IncomingReply>.OnCompleted(
            Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            core.OnCompleted(continuation, state, token, flags);

        private void Cancel(CancellationToken token) => pending.TryFail(id, new OperationCanceledException(token));

        private static long Ticks(double seconds, TimeProvider time) => (long)(seconds * time.TimestampFrequency);
    }
}
