using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Twinbus.Hosts.Agent;
using Twinbus.Hosts.Converging;

namespace Twinbus.Hosts.Sessions;

/// <summary>An agent in another process: below <c>sudo</c> on this machine, or below <c>ssh</c> at another one.</summary>
internal sealed class ProcessSession : IHostSession
{
    private const int LongestError = 8 * 1024;
    private const int ProgramMissing = 127;
    private const int GaveUp = 255;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    // A name service that is down costs a login, or sudo, its 20 s.
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(60);

    // Two answers may be late; with the third question the connection is given up, within half a minute in all.
    private static readonly TimeSpan LongestUnanswered = TimeSpan.FromSeconds(20);

    private readonly Channel<HostEvent> events = Channel.CreateUnbounded<HostEvent>();
    private readonly Process process;
    private readonly AgentJson json;
    private readonly SemaphoreSlim writing = new(1);
    private readonly Func<int, string, HostFailure> explain;
    private readonly CancellationTokenSource ending = new();
    private readonly CancellationTokenSource deaf = new();
    private readonly Task reading;
    private readonly TimeProvider clock;
    private Task beating = Task.CompletedTask;
    private long heard;

    private ProcessSession(Process process, AgentJson json, Func<int, string, HostFailure> explain, TimeProvider clock)
    {
        this.json = json;
        this.process = process;
        this.explain = explain;
        this.clock = clock;
        reading = ReadAsync();
    }

    public ChannelReader<HostEvent> Events => events.Reader;

    /// <summary>Starts the program.</summary>
    /// <param name="start">The program and its arguments; never a secret.</param>
    /// <param name="json">The lines between the two.</param>
    /// <param name="explain">Makes a failure of the exit code and the text on standard error of a program that ended early.</param>
    /// <param name="clock">The clock of the heartbeat.</param>
    public static ProcessSession Start(ProcessStartInfo start, AgentJson json, Func<int, string, HostFailure> explain, TimeProvider clock)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        try
        {
            return new ProcessSession(Process.Start(start)!, json, explain, clock);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new HostException(explain(ProgramMissing, e.Message), e);
        }
    }

    /// <summary>What the agent says before it is given a request.</summary>
    /// <exception cref="HostException">There is no agent, or no way to it.</exception>
    public async ValueTask<HostEvent> FirstAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await events.Reader.ReadAsync(cancellationToken).AsTask().WaitAsync(LongestStart, clock, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException e) when (e.InnerException is HostException cause)
        {
            throw new HostException(cause.Failure, cause);
        }
        catch (TimeoutException e)
        {
            throw new HostException(explain(GaveUp, $"It said nothing for {LongestStart.TotalSeconds:0} s."), e);
        }
    }

    /// <summary>Hands the agent its request; from then on it is told now and then that somebody is still there.</summary>
    public async Task SendRequestAsync(AgentRequest request, CancellationToken cancellationToken)
    {
        await WriteAsync(JsonSerializer.SerializeToUtf8Bytes(request, json.Request), cancellationToken)
            .ConfigureAwait(false);
        Interlocked.Exchange(ref heard, clock.GetTimestamp());
        beating = BeatAsync();
    }

    /// <summary>Waits for the end of the request, and says whether it was done.</summary>
    public async Task<bool> EndsWellAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await events.Reader.ReadAsync(cancellationToken).ConfigureAwait(false) is not HostEnded)
            {
            }

            return true;
        }
        catch (ChannelClosedException)
        {
            return false;
        }
    }

    public async ValueTask SendAsync(AgentCommand command, CancellationToken cancellationToken) =>
        await WriteAsync(JsonSerializer.SerializeToUtf8Bytes(command, json.Command), cancellationToken)
            .ConfigureAwait(false);

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync().ConfigureAwait(false);
        await beating.ConfigureAwait(false);
        try
        {
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program is gone, and its end of the pipe with it.
        }

        try
        {
            // The agent notices the end of its input; a program that hangs on a dead connection does not.
            await process.WaitForExitAsync().WaitAsync(Timeout, clock).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Kill();
        }

        // Others may keep its pipes: a connection that SSH sessions share holds those of each.
        await deaf.CancelAsync().ConfigureAwait(false);
        await reading.ConfigureAwait(false);
        process.Dispose();
        writing.Dispose();
        ending.Dispose();
        deaf.Dispose();
    }

    private void Kill()
    {
        try
        {
            process.Kill();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // sudo is root's, and this user may not kill it; the agent below it ends after the resource at hand.
        }
    }

    private async Task ReadAsync()
    {
        var error = ReadErrorAsync();
        var noise = new StringBuilder();
        Exception? failure = null;
        var (begun, ended) = (false, false);
        try
        {
            while (await process.StandardOutput.ReadLineAsync(deaf.Token).ConfigureAwait(false) is { } line)
            {
                if (!begun && !IsEvent(line))
                {
                    // A login shell may have something to say before it starts the agent, or instead of that.
                    Keep(noise, line);
                    continue;
                }

                begun = true;
                Interlocked.Exchange(ref heard, clock.GetTimestamp());
                var happened = JsonSerializer.Deserialize(line, json.Event)!;
                if (happened is not HostAlive)
                {
                    ended = happened is HostEnded or HostFailed;
                    events.Writer.TryWrite(happened);
                }
            }
        }
        catch (Exception e) when (e is JsonException or IOException or OperationCanceledException)
        {
            // Whatever is there may wait for more to do.
            failure = e;
            Kill();
            await deaf.CancelAsync().ConfigureAwait(false);
        }

        var text = await error.ConfigureAwait(false);
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        events.Writer.TryComplete(ended ? null : new HostException(explain(process.ExitCode, Joined(noise.ToString(), text)), failure));
    }

    private bool IsEvent(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, json.Event) is not null;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return false;
        }
    }

    private static void Keep(StringBuilder noise, string line)
    {
        noise.Append(line).Append('\n');
        if (noise.Length > LongestError)
        {
            throw new IOException("Its shell does not stop to talk.");
        }
    }

    private static string Joined(string noise, string error) => string.Join('\n', new[] { noise.Trim(), error }.Where(text => text.Length > 0));

    private async Task<string> ReadErrorAsync()
    {
        var text = new char[LongestError];
        var length = 0;
        var buffer = new char[1024];
        try
        {
            int count;
            while ((count = await process.StandardError.ReadAsync(buffer, deaf.Token).ConfigureAwait(false)) > 0)
            {
                var kept = Math.Min(count, text.Length - length);
                buffer.AsSpan(0, kept).CopyTo(text.AsSpan(length));
                length += kept;
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody wants to know any more.
        }

        return new string(text, 0, length).Trim();
    }

    private async Task BeatAsync()
    {
        using var timer = new PeriodicTimer(AgentProgram.HeartbeatInterval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(ending.Token).ConfigureAwait(false))
            {
                if (clock.GetElapsedTime(Interlocked.Read(ref heard)) is var silence && silence > LongestUnanswered)
                {
                    events.Writer.TryComplete(new HostException(explain(GaveUp, $"Nothing was heard of its agent for {silence.TotalSeconds:0} s.")));
                    Kill();
                    return;
                }

                await SendAsync(new StillHere(), ending.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The session ends.
        }
    }

    private async Task WriteAsync(byte[] line, CancellationToken cancellationToken)
    {
        await writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await process.StandardInput.BaseStream.WriteAsync((byte[])[.. line, (byte)'\n'], cancellationToken).ConfigureAwait(false);
            await process.StandardInput.BaseStream.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The program is gone: whoever reads the events is told why.
        }
        finally
        {
            writing.Release();
        }
    }
}
