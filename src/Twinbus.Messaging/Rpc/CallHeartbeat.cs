using Microsoft.Extensions.Logging;
using Twinbus.Messaging.Drivers;

namespace Twinbus.Messaging.Rpc;

/// <summary>Tells a caller with a call monitor, every half of its timeout, that its call is still being worked on.</summary>
internal sealed partial class CallHeartbeat : IDisposable
{
    // More than a timer takes is more than anybody waits.
    private const int Longest = 86_400;

    private readonly CancellationTokenSource stop = new();
    private readonly Task loop;

    private CallHeartbeat(IncomingRequest request, TimeSpan interval, TimeProvider time, ILogger logger) =>
        loop = RunAsync(request, interval, time, logger);

    /// <summary>Starts when the caller asks for it; null otherwise.</summary>
    public static CallHeartbeat? Start(IncomingRequest request, TimeProvider time, ILogger logger)
    {
        if (!request.ExpectsReply || request.Fields.CallMonitorTimeout is not { } seconds || seconds == 0)
        {
            return null;
        }

        if (seconds < 2)
        {
            LogInvalid(logger, seconds);
            return null;
        }

        return new CallHeartbeat(request, TimeSpan.FromSeconds(Math.Min(seconds, Longest) / 2.0), time, logger);
    }

    public async Task StopAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await loop.ConfigureAwait(false);
    }

    public void Dispose() => stop.Dispose();

    private async Task RunAsync(IncomingRequest request, TimeSpan interval, TimeProvider time, ILogger logger)
    {
        using var timer = new PeriodicTimer(interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop.Token).ConfigureAwait(false))
            {
                await request.ReplyAsync(Payload.Null, null, ending: false, stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The method has ended.
        }
        catch (Exception error)
        {
            // The caller or the broker is gone; a living caller ends its call by its own monitor. Whatever it is, the method's
            // reply is not to be lost over it.
            LogLost(logger, Wire.MessageText.Name(request.Fields.Method), error.Message);
        }
    }

    [LoggerMessage(1110, LogLevel.Warning, "A caller asks for heartbeats with a timeout of {Seconds} s; the least is 2 s, so it gets none")]
    private static partial void LogInvalid(ILogger logger, int seconds);

    [LoggerMessage(1111, LogLevel.Debug, "The heartbeats of {Method} stop: {Reason}")]
    private static partial void LogLost(ILogger logger, string method, string reason);
}
