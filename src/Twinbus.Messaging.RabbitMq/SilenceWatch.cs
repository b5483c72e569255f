using RabbitMQ.Client;
using Twinbus.Messaging.Drivers;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>
/// Notices a host that says nothing any more. An idle connection sends nothing that could go unacknowledged, and the kernel of a frozen
/// host acknowledges everything: so a host that was not heard is asked something that it has to answer. Time is counted in ticks, so
/// that a process which itself stood still does not blame the host for that.
/// </summary>
internal sealed class SilenceWatch : IDisposable
{
    private const int Ticks = 3;

    private readonly IConnection connection;
    private readonly TimeSpan tick;
    private readonly Func<bool> isExcused;
    private readonly Action<string> silent;
    private readonly ITimer timer;
    private readonly Lock gate = new();
    private Task question = Task.CompletedTask;
    private IChannel? channel;
    private int heard;
    private int heardBefore;
    private int quiet;
    private bool ended;

    /// <summary>Begins to watch.</summary>
    /// <param name="connection">The connection to the host.</param>
    /// <param name="limit">How long it may be silent though it was asked; noticed within a third more.</param>
    /// <param name="time">The clock.</param>
    /// <param name="isExcused">Whether the host has said that it will not read.</param>
    /// <param name="silent">Told once, with the reason, when the host is silent for too long.</param>
    public SilenceWatch(IConnection connection, TimeSpan limit, TimeProvider time, Func<bool> isExcused, Action<string> silent)
    {
        this.connection = connection;
        this.isExcused = isExcused;
        this.silent = silent;
        tick = limit / Ticks;
        timer = Detached.Timer(time, static state => ((SilenceWatch)state!).Tick(), this, tick, tick);
    }

    /// <summary>The host has said something. Cheap, for every message; a count that two threads lose one of is as good.</summary>
    public void Heard() => heard++;

    /// <summary>Another connection to this host has died of silence: it is asked now, and has a third of the limit to answer.</summary>
    public void Suspect()
    {
        lock (gate)
        {
            if (!ended && !isExcused())
            {
                heardBefore = heard;
                quiet = Ticks - 1;
                Ask();
                timer.Change(tick, tick);
            }
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            ended = true;
            timer.Dispose();
        }
    }

    private void Tick()
    {
        lock (gate)
        {
            if (ended || !connection.IsOpen)
            {
                return;
            }

            if (heard != heardBefore || isExcused())
            {
                heardBefore = heard;
                quiet = 0;
                return;
            }

            if (++quiet < Ticks)
            {
                Ask();
                return;
            }

            ended = true;
            timer.Dispose();
        }

        silent($"it has not answered for {(tick * (Ticks - 1)).TotalSeconds:0.#} s");
    }

    // One question at a time: the answer to an old one is an answer too.
    private void Ask()
    {
        if (question.IsCompleted)
        {
            question = Detached.Run(AskAsync);
        }
    }

    private async Task AskAsync()
    {
        try
        {
            if (channel is { IsOpen: true } open)
            {
                await open.BasicQosAsync(0, 1, global: false, CancellationToken.None).ConfigureAwait(false);
            }
            else
            {
                channel = await connection.CreateChannelAsync(null, CancellationToken.None).ConfigureAwait(false);
            }

            Heard();
        }
        catch (Exception error) when (error is TimeoutException or OperationCanceledException)
        {
            // No answer: that is what is counted.
        }
        catch (Exception error) when (RabbitErrors.IsFromClient(error))
        {
            // Refused is answered, too; and when the connection itself is gone, that is known.
            Heard();
        }
    }
}
