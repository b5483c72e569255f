using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>
/// Sends everything of a transport, in order, on one channel with pipelined confirmations. Whoever posts a message writes
/// it on the own thread when nobody else is writing; otherwise the one who is writing takes it along.
/// </summary>
internal sealed partial class RabbitPublisher : IAsyncDisposable
{
    // After so many messages for others, a sender's thread hands the writing over.
    private const int MaxTakenAlong = 64;

    // What a message takes beside its body.
    private const int ItemBytes = 512;

    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan OverdueInterval = TimeSpan.FromSeconds(1);

    // A queue without its majority confirms nothing; others must not wait for it longer than this.
    private static readonly TimeSpan VentureTimeout = TimeSpan.FromSeconds(1);

    private readonly RabbitLink link;
    private readonly RabbitPublishOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly ConcurrentQueue<PublishItem> waiting = new();
    private readonly MessageSizes sizes = new();
    private readonly CancellationTokenSource lifetime = new();
    private readonly ITimer overdueTimer;
    private readonly Func<Task> writeWaiting;
    private PublisherSession? session;
    private PublisherSession? watched;
    private int answersSeen;
    private long answeredSince;
    private TaskCompletionSource? idle;
    private string? lastFailure;
    private long bytes;
    private int outstanding;
    private int waitingCount;
    private int writing;

    public RabbitPublisher(RabbitLink link, RabbitPublishOptions options, DriverContext context)
    {
        this.link = link;
        this.options = options;
        time = context.TimeProvider;
        logger = context.Logger;
        link.Blocked += FailImpatientWhileBlocked;
        link.GivenUp += OnGivenUp;
        writeWaiting = WriteWaitingAsync;
        overdueTimer = Detached.Timer(time, static state => ((RabbitPublisher)state!).LookAfterUnconfirmed(), this, OverdueInterval, OverdueInterval);
    }

    /// <summary>Takes a message over; never blocks. The item tells what becomes of it.</summary>
    public void Post(PublishItem item)
    {
        int others = Interlocked.Increment(ref outstanding) - 1;
        long held = Interlocked.Add(ref bytes, item.Size + ItemBytes);
        if (WhyNot(item, others, held) is { } refused)
        {
            End(item, refused);
            return;
        }

        Interlocked.Increment(ref waitingCount);
        waiting.Enqueue(item);
        if (Volatile.Read(ref writing) == 0 && Interlocked.Exchange(ref writing, 1) == 0)
        {
            Detached.Begin(writeWaiting);
        }
    }

    /// <summary>Connects now.</summary>
    public async ValueTask ConnectAsync(CancellationToken cancellationToken) =>
        await link.GetAsync(cancellationToken).ConfigureAwait(false);

    public async ValueTask DisposeAsync()
    {
        await FlushAsync().ConfigureAwait(false);
        await lifetime.CancelAsync().ConfigureAwait(false);
        await overdueTimer.DisposeAsync().ConfigureAwait(false);
        if (session is { } open)
        {
            // Whoever does not answer to messages does not answer to a farewell either.
            if (!open.Window.IsEmpty || link.Unblocked is not null)
            {
                LogNotFlushed(Volatile.Read(ref outstanding), open.Endpoint);
                await link.AbandonAsync(open.Connection, "the transport is disposed, and the broker has not confirmed all").ConfigureAwait(false);
            }

            await open.DisposeAsync().ConfigureAwait(false);
            EndAll(open.Window.Close(null), item => DisposedUnconfirmed(item, open.Endpoint));
        }

        while (waiting.TryDequeue(out PublishItem? item))
        {
            End(item, Disposed(item));
        }
    }

    // What somebody waits for is given a moment; what nobody takes now, or nobody waits for any more, is not.
    private async Task FlushAsync()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref idle, done);
        if (session is { IsOpen: true } open && link.Unblocked is null
            && (!waiting.IsEmpty || Volatile.Read(ref writing) != 0 || open.Window.Where(item => !IsOver(item)).Count > 0)
            && Volatile.Read(ref outstanding) > 0)
        {
            await done.Task.WaitAsync(FlushTimeout, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private MessageDeliveryException? WhyNot(PublishItem item, int others, long held)
    {
        if (lifetime.IsCancellationRequested)
        {
            return Disposed(item);
        }

        if (Volatile.Read(ref waitingCount) >= options.MaxWaiting)
        {
            return Full(item, $"{options.MaxWaiting} messages (MaxWaiting)");
        }

        if (held > options.MaxWaitingBytes && others > 0)
        {
            return Full(item, $"{held >> 20} MiB of messages (MaxWaitingBytes)");
        }

        if (item.Size > sizes.Max)
        {
            return PublishRefusal.TooLarge(link.Endpoint, item, sizes.Max);
        }

        return item.AttemptsLeft == 0 && link.WhyBlocked is { } why ? Blocked(item, why) : AmqpName.Refused(item);
    }

    // Whatever happens to one message, the loop goes on to the next and is left in order: nothing would be sent any more.
    private async Task WriteWaitingAsync()
    {
        int taken = 0;
        do
        {
            while (waiting.TryDequeue(out PublishItem? item))
            {
                Interlocked.Decrement(ref waitingCount);
                if (++taken % MaxTakenAlong == 0)
                {
                    await Task.Yield();
                }

                try
                {
                    await SendAsync(item).ConfigureAwait(false);
                }
                catch (Exception error)
                {
                    // One message that nobody foresaw must not keep all others from being sent.
                    Broken(error, item);
                }
            }

            Volatile.Write(ref writing, 0);
        }
        while (!waiting.IsEmpty && Interlocked.Exchange(ref writing, 1) == 0);
    }

    // The item takes every error that can be foreseen.
    private async ValueTask SendAsync(PublishItem item)
    {
        for (int attempt = 0; !IsOver(item);)
        {
            if (link.Unblocked is { } unblocked)
            {
                await WaitUntilUnblockedAsync(unblocked, item, attempt++).ConfigureAwait(false);
                continue;
            }

            PublisherSession? open = session;
            if (open is not { IsOpen: true })
            {
                open = await OpenAsync(item).ConfigureAwait(false);
                if (open is null)
                {
                    continue;
                }
            }

            if (item.Size > sizes.Max)
            {
                End(item, PublishRefusal.TooLarge(open.Endpoint, item, sizes.Max));
                return;
            }

            if (await TryWriteAsync(open, item).ConfigureAwait(false))
            {
                return;
            }
        }

        End(item, lifetime.IsCancellationRequested ? Disposed(item) : TooLate(item));
    }

    /// <summary>Writes it; true when the session has it now, or it ended.</summary>
    private async ValueTask<bool> TryWriteAsync(PublisherSession open, PublishItem item)
    {
        bool isFirst = open.IsFirst(item);
        if (open.MustDeclare(item) || open.IsVenture(item))
        {
            // When the broker closes the channel over this one, what became of those before it must be known.
            await SettledAsync(open).ConfigureAwait(false);
            if (link.Unblocked is not null)
            {
                // It does not even read a declaration.
                return false;
            }

            if (open.MustDeclare(item) && await WhyNotDeclaredAsync(open, item).ConfigureAwait(false) is { } failure)
            {
                return await AfterNotDeclaredAsync(open, item, failure).ConfigureAwait(false);
            }
        }

        item.ConfirmDeadline = time.GetTimestamp() + (long)(options.ConfirmTimeout.TotalSeconds * time.TimestampFrequency);
        if (!open.Window.TryAdd(item))
        {
            return false;
        }

        try
        {
            await open.WriteAsync(item).ConfigureAwait(false);
        }
        catch (Exception error) when (error is AlreadyClosedException or ChannelClosedException || (error is OperationCanceledException && !open.IsOpen))
        {
            // Nothing was written, also when it waited behind others that a dead network took no more of: it goes to the next session.
            return false;
        }
        catch (Exception error) when (RabbitErrors.IsFromClient(error))
        {
            Lose(item, open.Endpoint, RabbitErrors.Operating(open.Endpoint, $"Sending to '{MessageText.Name(item.RoutingKey)}'", error));
            return true;
        }
        catch
        {
            // The client refused it, so the broker does not count it: neither may the window.
            open.Window.Withdraw(item);
            throw;
        }

        if (open.Window.MarkWritten(item) is { } closed)
        {
            AfterClosing(item, open.Endpoint, closed, nobodyGotIt: closed.Refusal is not null);
        }
        else if (isFirst)
        {
            await SettledAsync(open).ConfigureAwait(false);
            open.Went(item);
        }

        return true;
    }

    private Task SettledAsync(PublisherSession open) => open.Window.EmptiedAsync() is { IsCompleted: false } emptied
        ? SettledAsync(emptied)
        : Task.CompletedTask;

    private async Task SettledAsync(Task emptied) =>
        await emptied.WaitAsync(VentureTimeout, time, lifetime.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task WaitUntilUnblockedAsync(Task unblocked, PublishItem item, int attempt)
    {
        await unblocked.WaitAsync(link.DelayOf(attempt + 1), time, lifetime.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!unblocked.IsCompleted && link.WhyBlocked is { } why)
        {
            FailImpatient(item, Blocked(item, why));
            foreach (PublishItem other in waiting)
            {
                FailImpatient(other, Blocked(other, why));
            }
        }
    }

    private bool IsOver(PublishItem item) =>
        item.IsEnded || item.Cancelled.IsCancellationRequested || lifetime.IsCancellationRequested || (item.Deadline != long.MaxValue && time.GetTimestamp() >= item.Deadline);

    private async ValueTask<PublisherSession?> OpenAsync(PublishItem first)
    {
        for (int attempt = 0; !IsOver(first); attempt++)
        {
            IConnection? connection = null;
            try
            {
                await link.DelayAsync(attempt, lifetime.Token).ConfigureAwait(false);
                connection = await link.GetAsync(lifetime.Token).ConfigureAwait(false);
                if (!ReferenceEquals(connection, session?.Connection))
                {
                    sizes.Forget();
                }

                session = await PublisherSession.OpenAsync(connection, sizes, link.Heard, End, OnLost, lifetime.Token).ConfigureAwait(false);
                lastFailure = null;
                return session;
            }
            catch (OperationCanceledException) when (lifetime.IsCancellationRequested)
            {
                return null;
            }
            catch (Exception error) when (RabbitErrors.IsFromClient(error) || error is MessagingException or OperationCanceledException)
            {
                MessagingException failure = RabbitErrors.Operating(connection is null ? "RabbitMQ" : RabbitConnector.EndpointOf(connection), "Opening a channel", error);
                lastFailure = failure.Message;
                FailImpatient(first, failure);
                foreach (PublishItem item in waiting)
                {
                    FailImpatient(item, failure);
                }

                if (connection is not null && RabbitRefusals.MaySucceedElsewhere(error))
                {
                    await link.AbandonAsync(connection, failure.Message).ConfigureAwait(false);
                }
            }
        }

        return null;
    }

    private async ValueTask<MessagingException?> WhyNotDeclaredAsync(PublisherSession open, PublishItem item)
    {
        try
        {
            await open.DeclareAsync(item, lifetime.Token).ConfigureAwait(false);
            return null;
        }
        catch (Exception error) when (RabbitErrors.IsFromClient(error) || error is OperationCanceledException)
        {
            return RabbitErrors.Operating(open.Endpoint, $"Declaring for '{MessageText.Name(item.RoutingKey)}'", error);
        }
    }

    /// <summary>True when the message is seen to; false when it is to be tried again right now.</summary>
    private async ValueTask<bool> AfterNotDeclaredAsync(PublisherSession open, PublishItem item, MessagingException failure)
    {
        if (!failure.IsTransient)
        {
            End(item, failure);
            return true;
        }

        if (link.Unblocked is not null || IsOver(item))
        {
            return false;
        }

        lastFailure = failure.Message;
        FailImpatient(item, failure);
        if (failure.Reason == MessagingErrorReason.ConnectionLost && !open.Connection.IsOpen)
        {
            return false;
        }

        // Another host may do what this one refuses or does not answer to. Other messages need not wait for that.
        if (failure.Reason is MessagingErrorReason.Rejected or MessagingErrorReason.Unreachable)
        {
            await link.AbandonAsync(open.Connection, failure.Message).ConfigureAwait(false);
        }

        _ = SendLaterAsync(item, link.DelayOf(++item.Repeated));
        return true;
    }

    private async Task SendLaterAsync(PublishItem item, TimeSpan delay)
    {
        await Task.Delay(delay, time, lifetime.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        SendAgain(item);
    }

    // Ends it with the error when the error will not mend by itself or its attempts are used up.
    private static void FailImpatient(PublishItem item, MessagingException failure)
    {
        if (!failure.IsTransient || item.AttemptsLeft == 0)
        {
            item.Fail(failure);
        }
        else if (item.AttemptsLeft is { } left)
        {
            item.AttemptsLeft = left - 1;
        }
    }
}
