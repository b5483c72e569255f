using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;

namespace Twinbus.Hosts.Running;

/// <summary>An agent in another process: below <c>sudo</c> on this machine, or below <c>ssh</c> at another one.</summary>
internal sealed class ProcessSession : IHostSession
{
    private const int LongestError = 8 * 1024;

    private readonly Channel<HostEvent> events = Channel.CreateUnbounded<HostEvent>();
    private readonly Process process;
    private readonly SemaphoreSlim writing = new(1);
    private readonly Func<int, string, HostFailure> explain;
    private readonly CancellationTokenSource ending = new();
    private readonly Task reading;
    private readonly Task beating;

    private ProcessSession(Process process, Func<int, string, HostFailure> explain, TimeProvider clock)
    {
        this.process = process;
        this.explain = explain;
        reading = ReadAsync();
        beating = BeatAsync(clock);
    }

    public ChannelReader<HostEvent> Events => events.Reader;

    /// <summary>Starts the program and hands the agent its request.</summary>
    /// <param name="start">The program and its arguments; never a secret.</param>
    /// <param name="request">The request; goes by standard input.</param>
    /// <param name="explain">Makes a failure of the exit code and the text on standard error of a program that ended early.</param>
    /// <param name="clock">The clock of the heartbeat.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static async ValueTask<IHostSession> StartAsync(
        ProcessStartInfo start,
        AgentRequest request,
        Func<int, string, HostFailure> explain,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new HostException(explain(127, e.Message), e);
        }

        var session = new ProcessSession(process, explain, clock);
        await session.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(request, WireJson.Revealing.AgentRequest), cancellationToken)
            .ConfigureAwait(false);
        return session;
    }

    public async ValueTask SendAsync(AgentCommand command, CancellationToken cancellationToken) =>
        await WriteAsync(JsonSerializer.SerializeToUtf8Bytes(command, WireJson.Revealing.AgentCommand), cancellationToken)
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

        if (!process.HasExited)
        {
            process.Kill();
        }

        await reading.ConfigureAwait(false);
        process.Dispose();
        writing.Dispose();
        ending.Dispose();
    }

    private async Task ReadAsync()
    {
        var error = ReadErrorAsync();
        Exception? failure = null;
        var ended = false;
        try
        {
            while (await process.StandardOutput.ReadLineAsync().ConfigureAwait(false) is { } line)
            {
                var happened = JsonSerializer.Deserialize(line, WireJson.Revealing.HostEvent)!;
                ended = happened is HostEnded or HostFailed;
                events.Writer.TryWrite(happened);
            }
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            failure = e;
        }

        var text = await error.ConfigureAwait(false);
        await process.WaitForExitAsync().ConfigureAwait(false);
        events.Writer.Complete(ended ? null : new HostException(explain(process.ExitCode, text), failure));
    }

    private async Task<string> ReadErrorAsync()
    {
        var text = new char[LongestError];
        var length = 0;
        var buffer = new char[1024];
        int count;
        while ((count = await process.StandardError.ReadAsync(buffer).ConfigureAwait(false)) > 0)
        {
            var kept = Math.Min(count, text.Length - length);
            buffer.AsSpan(0, kept).CopyTo(text.AsSpan(length));
            length += kept;
        }

        return new string(text, 0, length).Trim();
    }

    private async Task BeatAsync(TimeProvider clock)
    {
        using var timer = new PeriodicTimer(AgentProgram.HeartbeatInterval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(ending.Token).ConfigureAwait(false))
            {
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
