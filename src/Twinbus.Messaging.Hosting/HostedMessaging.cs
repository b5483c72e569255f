using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Twinbus.Messaging.Hosting;

/// <summary>A server or a listener that lives as long as its host. The container disposes it before the transport that it was made on.</summary>
internal sealed partial class HostedMessaging(
    string what,
    HostedStart how,
    Func<CancellationToken, ValueTask> start,
    Func<CancellationToken, ValueTask> stop,
    Func<ValueTask> dispose,
    TimeProvider time,
    ILogger logger) : IHostedService, IAsyncDisposable, IDisposable
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource stopping = new();
    private Task starting = Task.CompletedTask;
    private int disposed;

    /// <summary>Why it could not be made; null when it was.</summary>
    public MessagingException? Fault { get; private init; }

    /// <summary>One that could not be made.</summary>
    public static HostedMessaging Faulty(string what, MessagingException fault, TimeProvider time, ILogger logger) =>
        new(what, HostedStart.WaitForConnection, _ => ValueTask.FromException(fault), _ => ValueTask.CompletedTask, () => ValueTask.CompletedTask, time, logger)
        {
            Fault = fault,
        };

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (how == HostedStart.WaitForConnection)
        {
            return start(cancellationToken).AsTask();
        }

        starting = StartInBackgroundAsync(stopping.Token);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        await stop(cancellationToken).ConfigureAwait(false);
        await starting.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            // A host that was never stopped: what runs is given its time, and then ended.
            await StopAsync(CancellationToken.None).ConfigureAwait(false);
            await dispose().ConfigureAwait(false);
            stopping.Dispose();
        }
    }

    public void Dispose() => Task.Run(() => DisposeAsync().AsTask()).GetAwaiter().GetResult();

    private async Task StartInBackgroundAsync(CancellationToken cancellationToken)
    {
        for (TimeSpan wait = FirstWait; ; wait = wait * 2 < LongestWait ? wait * 2 : LongestWait)
        {
            try
            {
                await start(cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (Exception end) when (cancellationToken.IsCancellationRequested
                && end is OperationCanceledException or InvalidOperationException or MessagingException)
            {
                return;
            }
            catch (MessagingException failure)
            {
                LogRetry(what, failure.Message, wait.TotalSeconds);
            }

            try
            {
                await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    [LoggerMessage(1501, LogLevel.Warning, "Cannot start {What} yet: {Reason} Trying again in {Seconds} s.")]
    private partial void LogRetry(string what, string reason, double seconds);
}
