using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>What becomes of messages that are not simply confirmed.</summary>
internal sealed partial class RabbitPublisher
{
    // So often a message is sent again that the broker may have closed a channel over.
    private const int MaxRefusals = 3;

    /// <summary>Why nobody can have answered a request, for whoever has waited for the reply; null when the broker has it.</summary>
    public string? WhyUnanswered(PublishItem item)
    {
        if (item.IsEnded)
        {
            return item.Error?.Message;
        }

        string blocked = link.WhyBlocked is { } why ? $" {BlockedText(why)}" : "";
        return item.WasWritten
            ? $"The request was sent to {link.Endpoint}, and was never confirmed.{blocked}"
            : $"The request could not be sent.{(blocked.Length > 0 ? blocked : $" {lastFailure ?? $"{link.Endpoint} takes nothing."}")}";
    }

    // Called by the client, which goes on whatever is thrown, and by us: it must come to its end in any case.
    private void OnLost(PublisherSession lost, ShutdownEventArgs reason)
    {
        var refusal = PublishRefusal.Of(reason);
        if (refusal?.MaxSize is { } max)
        {
            // Before anything is sent again.
            sizes.Refused(max);
        }

        if (lost.Window.Close(refusal) is not { } closed)
        {
            return;
        }

        if (closed.MaybeTaken > 0)
        {
            LogUnconfirmed(closed.MaybeTaken, lost.Endpoint, $"{reason.ReplyCode} {reason.ReplyText}");
        }

        MessagingException? error = refusal is null ? RabbitErrors.Closed(lost.Endpoint, "Sending", reason) : null;
        for (int i = 0; i < closed.Written.Count; i++)
        {
            try
            {
                AfterClosing(closed.Written[i], lost.Endpoint, closed, nobodyGotIt: i >= closed.MaybeTaken, error);
            }
            catch (Exception unforeseen)
            {
                Broken(unforeseen, closed.Written[i]);
            }
        }
    }

    private void AfterClosing(PublishItem item, string endpoint, ClosedWindow closed, bool nobodyGotIt, MessagingException? error = null)
    {
        if (!nobodyGotIt || closed.Refusal is not { } refusal)
        {
            Lose(item, endpoint, error, closed.Refusal);
        }
        else if (ReferenceEquals(item, closed.Refused) || (closed.Refused is null && refusal.IsAbout(item)))
        {
            // Declared anew, a missing exchange is there; nothing else mends by itself.
            bool maySucceed = closed.Refused is null || (refusal.IsMissingExchange && (item.DeclaresExchange ?? (object?)item.DeclaresQueue) is not null);
            if (maySucceed && item.Repeated++ < MaxRefusals)
            {
                SendAgain(item);
            }
            else
            {
                End(item, refusal.Error(endpoint, item));
            }
        }
        else
        {
            SendAgain(item);
        }
    }

    // Its fate is unknown.
    private void Lose(PublishItem item, string endpoint, MessagingException? error, PublishRefusal? refusal = null)
    {
        if (item.MayRepeat && item.AttemptsLeft is not 0 && !IsOver(item))
        {
            if (item.AttemptsLeft is { } left)
            {
                item.AttemptsLeft = left - 1;
            }

            SendAgain(item);
            return;
        }

        if (lifetime.IsCancellationRequested)
        {
            End(item, DisposedUnconfirmed(item, endpoint));
            return;
        }

        string what = refusal is null
            ? "but the connection was lost before it was confirmed"
            : $"which refused another message before it confirmed this one ({refusal.Text})";
        End(item, new MessageDeliveryException(
            MessagingErrorReason.Unconfirmed,
            $"The message for '{MessageText.Name(item.RoutingKey)}' was written to {endpoint}, {what}: it may or may not have arrived. "
            + "It was not sent again (ResendUnconfirmed).",
            error));
    }

    // Nobody got it, or a second copy does no harm.
    private void SendAgain(PublishItem item)
    {
        if (IsOver(item))
        {
            End(item, lifetime.IsCancellationRequested ? Disposed(item) : TooLate(item));
            return;
        }

        Interlocked.Increment(ref waitingCount);
        waiting.Enqueue(item);
        if (Interlocked.Exchange(ref writing, 1) == 0)
        {
            Detached.Run(writeWaiting);
        }
    }

    // A timer calls it: an exception would end the process.
    private void LookAfterUnconfirmed()
    {
        try
        {
            if (session is { } current)
            {
                FailOverdue(current);
                AbandonStalled(current);
            }
        }
        catch (Exception error)
        {
            LogUnforeseen(error, "Looking after unconfirmed messages");
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
    private void OnGivenUp(IConnection connection, string reason)
    {
        if (session is { } current && ReferenceEquals(current.Connection, connection))
        {
            current.GiveUp();
            OnLost(current, new ShutdownEventArgs(ShutdownInitiator.Library, Constants.ConnectionForced, reason));
        }
    }

    private async Task AbandonAsync(PublisherSession stalled, string reason)
    {
        try
        {
            await link.AbandonAsync(stalled.Connection, reason).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            LogUnforeseen(error, "Giving up a connection");
        }
    }

    private void FailOverdue(PublisherSession current)
    {
        long now = time.GetTimestamp();
        foreach (PublishItem item in current.Window.Where(item => now >= item.ConfirmDeadline))
        {
            // It stays in the window: the confirmation may come yet, and then its buffer is given back.
            item.Fail(new MessageDeliveryException(
                MessagingErrorReason.Unconfirmed,
                $"{current.Endpoint} did not confirm the message for '{MessageText.Name(item.RoutingKey)}' within {options.ConfirmTimeout.TotalSeconds:0.#} s "
                + $"(ConfirmTimeout).{(link.WhyBlocked is { } why ? $" {BlockedText(why)}" : "")}"));
        }
    }

    // The broker says that it is blocked when a message has come, which it takes when it is unblocked.
    private void FailImpatientWhileBlocked(string why)
    {
        foreach (PublishItem item in waiting.Where(item => item.AttemptsLeft == 0))
        {
            item.Fail(Blocked(item, why));
        }

        foreach (PublishItem item in session?.Window.Where(item => item.AttemptsLeft == 0) ?? [])
        {
            item.Fail(new MessageDeliveryException(
                MessagingErrorReason.Unconfirmed,
                $"{BlockedText(why)} The message for '{MessageText.Name(item.RoutingKey)}' was written just before it said so: it may arrive when that is over."));
        }
    }

    private void EndAll(ClosedWindow? closed, Func<PublishItem, Exception> error)
    {
        foreach (PublishItem item in closed?.Written ?? [])
        {
            End(item, error(item));
        }
    }

    private void End(PublishItem item, Exception? error)
    {
        try
        {
            if (error is null)
            {
                item.Succeed();
            }
            else
            {
                item.Fail(error);
            }
        }
        finally
        {
            Release(item);
        }
    }

    private void Release(PublishItem item)
    {
        int size = item.Size;
        if (item.TryRelease())
        {
            Interlocked.Add(ref bytes, -(size + ItemBytes));
            if (Interlocked.Decrement(ref outstanding) == 0)
            {
                Volatile.Read(ref idle)?.TrySetResult();
            }
        }
    }

    // What should never happen must neither be swallowed nor end what all others depend on.
    private void Broken(Exception error, PublishItem item)
    {
        try
        {
            LogBroken(error, MessageText.Name(item.RoutingKey));
            End(item, error);
        }
        catch (Exception again)
        {
            System.Diagnostics.Trace.TraceError($"Twinbus.Messaging.RabbitMq: a message for {MessageText.Name(item.RoutingKey)} could not be ended: {again}");
        }
    }

    private MessageDeliveryException Blocked(PublishItem item, string why) => new(
        MessagingErrorReason.PublisherBlocked, $"{BlockedText(why)} The message for '{MessageText.Name(item.RoutingKey)}' was not sent (Retry).");

    private string BlockedText(string why) => $"The broker at {link.Endpoint} blocks all publishers: {why}.";

    private MessageDeliveryException Full(PublishItem item, string what) => new(
        MessagingErrorReason.PublisherBlocked,
        $"The message for '{MessageText.Name(item.RoutingKey)}' was not sent: {what} wait to be taken by {link.Endpoint} already."
        + (link.WhyBlocked is { } why ? $" {BlockedText(why)}" : ""));

    private static MessageDeliveryException Disposed(PublishItem item) => new(
        MessagingErrorReason.ConnectionLost, $"The transport was disposed before the message for '{MessageText.Name(item.RoutingKey)}' was sent.");

    private static MessageDeliveryException DisposedUnconfirmed(PublishItem item, string endpoint) => new(
        MessagingErrorReason.Unconfirmed,
        $"The transport was disposed before {endpoint} confirmed the message for '{MessageText.Name(item.RoutingKey)}': it may or may not have arrived.");

    private MessagingTimeoutException TooLate(PublishItem item) => new(
        $"The message for '{MessageText.Name(item.RoutingKey)}' could not be sent in time. {lastFailure ?? $"{link.Endpoint} took nothing."}");

    [LoggerMessage(2021, LogLevel.Warning, "{Count} messages to {Endpoint} were not confirmed before the channel closed: {Reason}")]
    private partial void LogUnconfirmed(int count, string endpoint, string reason);

    [LoggerMessage(2023, LogLevel.Error, "A message for {RoutingKey} could not be sent")]
    private partial void LogBroken(Exception error, string routingKey);

    [LoggerMessage(2024, LogLevel.Error, "{What} failed")]
    private partial void LogUnforeseen(Exception error, string what);

    [LoggerMessage(2022, LogLevel.Warning, "{Count} messages were not confirmed by {Endpoint} before the transport was disposed")]
    private partial void LogNotFlushed(int count, string endpoint);
}
