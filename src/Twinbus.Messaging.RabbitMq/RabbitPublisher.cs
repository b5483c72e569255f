using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;
using Twinbus.Messaging.Drivers;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>
/// Sends everything of a transport, in order, on one channel with pipelined confirmations. Whoever posts a message writes
/// it on the own thread when nobody else is writing; otherwise the one who is writing takes it along.
/// </summary>
internal sealed partial class RabbitPublisher : IAsyncDisposable
{
    // After so many messages for others, a sender's thread hands the writing over.
    private const int MaxTakenAlong = 64;
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan OverdueInterval = TimeSpan.FromSeconds(1);

    private readonly RabbitLink link;
    private readonly RabbitPublishOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly ConcurrentQueue<PublishItem> waiting = new();
    private readonly CancellationTokenSource lifetime = new();
    private readonly ITimer overdueTimer;
    private readonly Func<Task> writeWaiting;
    private PublisherSession? session;
    private PublisherSession? watched;
    private int answersSeen;
    private long answeredSince;
    private TaskCompletionSource? idle;
    private int outstanding;
    private int waitingCount;
    private int writing;

    public RabbitPublisher(RabbitLink link, RabbitPublishOptions options, DriverContext context)
    {
        this.link = link;
        this.options = options;
        time = context.TimeProvider;
        logger = context.Logger;
        writeWaiting = WriteWaitingAsync;
        overdueTimer = Detached.Timer(time, static state => ((RabbitPublisher)state!).LookAfterUnconfirmed(), this, OverdueInterval, OverdueInterval);
    }

    /// <summary>Takes a message over; never blocks. The item tells what becomes of it.</summary>
    public void Post(PublishItem item)
    {
        Interlocked.Increment(ref outstanding);
        if (lifetime.IsCancellationRequested)
        {
            End(item, Disposed());
            return;
        }

        if (Interlocked.Increment(ref waitingCount) > options.MaxWaiting)
        {
            Interlocked.Decrement(ref waitingCount);
            End(item, new MessageDeliveryException(
                MessagingErrorReason.PublisherBlocked,
                $"{options.MaxWaiting} messages wait to be sent to {link.Endpoint} already (MaxWaiting). {link.BlockedReason}"));
            return;
        }

        if (AmqpName.Refused(item) is { } why)
        {
            Interlocked.Decrement(ref waitingCount);
            End(item, why);
            return;
        }

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
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref idle, done);
        if (Volatile.Read(ref outstanding) > 0 && session is { IsOpen: true })
        {
            try
            {
                await done.Task.WaitAsync(FlushTimeout, time, CancellationToken.None).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                LogNotFlushed(Volatile.Read(ref outstanding), link.Endpoint);
            }
        }

        await lifetime.CancelAsync().ConfigureAwait(false);
        await overdueTimer.DisposeAsync().ConfigureAwait(false);
        if (session is { } open)
        {
            await open.DisposeAsync().ConfigureAwait(false);
        }

        while (waiting.TryDequeue(out PublishItem? item))
        {
            End(item, Disposed());
        }
    }

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
                    LogBroken(error, Wire.MessageText.Name(item.RoutingKey));
                    End(item, error);
                }
            }

            Volatile.Write(ref writing, 0);
        }
        while (!waiting.IsEmpty && Interlocked.Exchange(ref writing, 1) == 0);
    }

    // The item takes every error that can be foreseen.
    private async ValueTask SendAsync(PublishItem item)
    {
        while (!IsOver(item))
        {
            if (link.Unblocked is { } unblocked)
            {
                await unblocked.WaitAsync(lifetime.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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

            if (await TryWriteAsync(open, item).ConfigureAwait(false))
            {
                return;
            }
        }

        End(item, lifetime.IsCancellationRequested ? Disposed() : TooLate(item));
    }

    /// <summary>Writes it; true when the session has it now, or it ended.</summary>
    private async ValueTask<bool> TryWriteAsync(PublisherSession open, PublishItem item)
    {
        try
        {
            if (open.MustDeclare(item))
            {
                await open.DeclareAsync(item, lifetime.Token).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (RabbitErrors.IsFromClient(error) || error is OperationCanceledException)
        {
            MessagingException failure = RabbitErrors.Operating(link.Endpoint, $"Declaring for '{item.RoutingKey}'", error);
            if (!failure.IsTransient)
            {
                End(item, failure);
                return true;
            }

            return false;
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
            Lose(item, RabbitErrors.Operating(link.Endpoint, $"Sending to '{item.RoutingKey}'", error));
            return true;
        }
        catch
        {
            // The client refused it, so the broker does not count it: neither may the window.
            open.Window.Withdraw(item);
            throw;
        }

        if (!open.Window.MarkWritten(item))
        {
            Lose(item, null, nobodyGotIt: open.Window.WasRefused);
        }

        return true;
    }

    private bool IsOver(PublishItem item) =>
        item.IsEnded || item.Cancelled.IsCancellationRequested || lifetime.IsCancellationRequested || (item.Deadline != long.MaxValue && time.GetTimestamp() >= item.Deadline);

    private async ValueTask<PublisherSession?> OpenAsync(PublishItem first)
    {
        for (int attempt = 0; !IsOver(first); attempt++)
        {
            try
            {
                await link.DelayAsync(attempt, lifetime.Token).ConfigureAwait(false);
                IConnection connection = await link.GetAsync(lifetime.Token).ConfigureAwait(false);
                return session = await PublisherSession.OpenAsync(connection, End, OnLost, lifetime.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (lifetime.IsCancellationRequested)
            {
                return null;
            }
            catch (Exception error) when (RabbitErrors.IsFromClient(error) || error is MessagingException)
            {
                MessagingException failure = RabbitErrors.Operating(link.Endpoint, "Opening a channel", error);
                FailImpatient(first, failure);
                foreach (PublishItem item in waiting)
                {
                    FailImpatient(item, failure);
                }
            }
        }

        return null;
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

    private void OnLost(PublisherSession lost, ShutdownEventArgs reason)
    {
        bool refused = GoneExchange.IsWhy(reason);
        List<PublishItem> unknown = lost.Window.Close(refused, out PublishItem? beingWritten);
        if (unknown.Count > 0)
        {
            LogUnconfirmed(unknown.Count, link.Endpoint, $"{reason.ReplyCode} {reason.ReplyText}");
        }

        MessagingException error = RabbitErrors.Closed(link.Endpoint, "Sending", reason);
        int taken = refused ? GoneExchange.MaybeTaken(unknown, beingWritten, reason.ReplyText) : unknown.Count;
        for (int i = 0; i < unknown.Count; i++)
        {
            Lose(unknown[i], error, nobodyGotIt: i >= taken);
        }
    }

    // Its fate is unknown, unless nobody got it.
    private void Lose(PublishItem item, MessagingException? error, bool nobodyGotIt = false)
    {
        bool mayRepeat = item.MayRepeat && item.AttemptsLeft is not 0;
        if ((mayRepeat || nobodyGotIt) && !IsOver(item))
        {
            if (!nobodyGotIt && item.AttemptsLeft is { } left)
            {
                item.AttemptsLeft = left - 1;
            }

            Interlocked.Increment(ref waitingCount);
            waiting.Enqueue(item);
            if (Interlocked.Exchange(ref writing, 1) == 0)
            {
                Detached.Run(writeWaiting);
            }

            return;
        }

        End(item, new MessageDeliveryException(
            MessagingErrorReason.Unconfirmed,
            $"The message for '{item.RoutingKey}' was written to {link.Endpoint}, but the connection was lost before it was "
            + "confirmed: it may or may not have arrived. It was not sent again (ResendUnconfirmed).",
            error));
    }

    private void LookAfterUnconfirmed()
    {
        if (session is { } current)
        {
            FailOverdue(current);
            AbandonStalled(current);
        }
    }

    // A broker can keep a connection and confirm nothing on it for ever: a cluster's node after a cut does.
    private void AbandonStalled(PublisherSession current)
    {
        if (!ReferenceEquals(current, watched) || current.Answers != answersSeen || current.Window.IsEmpty || link.Unblocked is not null)
        {
            watched = current;
            answersSeen = current.Answers;
            answeredSince = time.GetTimestamp();
        }
        else if (current.IsOpen && time.GetElapsedTime(answeredSince) >= options.StalledTimeout)
        {
            answeredSince = time.GetTimestamp();
            _ = AbandonAsync(
                current, $"messages wait, and it has confirmed none for {options.StalledTimeout.TotalSeconds:0.#} s (StalledTimeout)");
        }
    }

    // Over a network that was cut the client may never come to the point of telling that the channel is gone.
    private async Task AbandonAsync(PublisherSession stalled, string reason)
    {
        await link.AbandonAsync(stalled.Connection, reason).ConfigureAwait(false);
        stalled.GiveUp();
        OnLost(stalled, new ShutdownEventArgs(ShutdownInitiator.Library, Constants.ConnectionForced, reason));
    }

    private void FailOverdue(PublisherSession current)
    {
        var overdue = new List<PublishItem>();
        current.Window.CopyOverdue(time.GetTimestamp(), overdue);
        foreach (PublishItem item in overdue)
        {
            // It stays in the window: the confirmation may come yet, and then its buffer is given back.
            item.Fail(new MessageDeliveryException(
                MessagingErrorReason.Unconfirmed,
                $"{link.Endpoint} did not confirm the message for '{item.RoutingKey}' within "
                + $"{options.ConfirmTimeout.TotalSeconds:0.#} s (ConfirmTimeout). {link.BlockedReason}".TrimEnd()));
        }
    }

    private void End(PublishItem item, Exception? error)
    {
        if (error is null)
        {
            item.Succeed();
        }
        else
        {
            item.Fail(error);
        }

        if (item.TryRelease() && Interlocked.Decrement(ref outstanding) == 0)
        {
            Volatile.Read(ref idle)?.TrySetResult();
        }
    }

    private static MessageDeliveryException Disposed() =>
        new(MessagingErrorReason.ConnectionLost, "The transport was disposed before the message was sent.");

    private MessageDeliveryException TooLate(PublishItem item) => new(
        MessagingErrorReason.ConnectionLost, $"The message for '{item.RoutingKey}' could not be sent to {link.Endpoint} in time.");

    [LoggerMessage(2021, LogLevel.Warning, "{Count} messages to {Endpoint} were not confirmed before the channel closed: {Reason}")]
    private partial void LogUnconfirmed(int count, string endpoint, string reason);

    [LoggerMessage(2023, LogLevel.Error, "A message for {RoutingKey} could not be sent")]
    private partial void LogBroken(Exception error, string routingKey);

    [LoggerMessage(2022, LogLevel.Warning, "{Count} messages were not confirmed by {Endpoint} before the transport was disposed")]
    private partial void LogNotFlushed(int count, string endpoint);
}
