using Microsoft.Extensions.Logging;
using Twinbus.Messaging;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.RabbitMq;

namespace Twinbus.Lab.Tests.Traffic;

/// <summary>
/// A cloud's traffic: servers, callers, notifiers and listeners, each with connections of its own as processes have, calls
/// and notifications at a steady pace whatever becomes of them. Every call and every notification is numbered and accounted for.
/// </summary>
internal sealed class TrafficLoad : IAsyncDisposable
{
    public const int CallsPerSecond = 100;
    public const int NotificationsPerSecond = 200;
    private const int Parties = 3;

    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(120);

    private readonly Action<string> log;
    private readonly LinesFactory logs;
    private readonly Ledger calls = new();
    private readonly Ledger notifications = new();
    private readonly List<ServingParty> servers = [];
    private readonly List<CallingParty> callers = [];
    private readonly List<NotifyingParty> notifiers = [];
    private readonly List<ListeningParty> listeners = [];
    private readonly List<Task> underWay = [];
    private readonly CancellationTokenSource ending = new();
    private readonly long start = TimeProvider.System.GetTimestamp();
    private Task<int>[] paces = [];

    private TrafficLoad(Action<string> log)
    {
        this.log = log;
        logs = new LinesFactory(log);
    }

    /// <summary>Connects all parties and begins to send.</summary>
    /// <param name="rpc">What callers and servers are configured with.</param>
    /// <param name="notify">What notifiers and listeners are configured with.</param>
    /// <param name="log">Takes what the library says.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    public static async Task<TrafficLoad> StartAsync(string rpc, string notify, Action<string> log, CancellationToken cancellationToken)
    {
        var load = new TrafficLoad(log);
        for (var i = 1; i <= Parties; i++)
        {
            load.servers.Add(new ServingParty($"server{i}", load.Open(rpc), load.calls));
            load.listeners.Add(new ListeningParty(load.Open(notify), load.notifications));
            load.callers.Add(new CallingParty(load.Open(rpc), CallTimeout));
            load.notifiers.Add(new NotifyingParty(load.Open(notify)));
        }

        foreach (var server in load.servers)
        {
            await server.StartAsync(cancellationToken);
        }

        foreach (var listener in load.listeners)
        {
            await listener.StartAsync(cancellationToken);
        }

        load.paces =
        [
            Pace.RunAsync(CallsPerSecond, n => load.Track(load.calls, n, () => load.callers[n % Parties].CallAsync(n)), load.ending.Token),
            Pace.RunAsync(NotificationsPerSecond, n => load.Track(load.notifications, n, () => load.notifiers[n % Parties].NotifyAsync(n)), load.ending.Token),
        ];
        return load;
    }

    /// <summary>Sends on for a while.</summary>
    public static Task RunAsync(TimeSpan time, CancellationToken cancellationToken) => Task.Delay(time, cancellationToken);

    /// <summary>
    /// Nobody went deaf: while the load goes on each server and each listener gets its share of it, every server answers to its
    /// own name for every caller, and a cast to all reaches all.
    /// </summary>
    public async Task AssertAllHearAsync(CancellationToken cancellationToken)
    {
        foreach (var (caller, server) in callers.SelectMany(c => servers.Select(s => (c, s))))
        {
            await UntilAnsweredAsync(caller, server.Name, cancellationToken);
        }

        var fanouts = servers.Select(s => s.Fanouts).ToArray();
        foreach (var caller in callers)
        {
            await caller.TellAllAsync(cancellationToken);
        }

        await UntilAsync("each server hears each cast to all", () => servers.Zip(fanouts).All(s => s.First.Fanouts >= s.Second + callers.Count), cancellationToken);
        var served = servers.Select(s => s.Served).ToArray();
        var heard = listeners.Select(l => l.Heard).ToArray();
        await UntilAsync("each server gets calls", () => servers.Zip(served).All(s => s.First.Served > s.Second), cancellationToken);
        await UntilAsync("each listener gets notifications", () => listeners.Zip(heard).All(l => l.First.Heard > l.Second), cancellationToken);
    }

    /// <summary>Sends no more, waits for the end of all that was sent, and says what became of it.</summary>
    public async Task<TrafficReport> StopAsync(CancellationToken cancellationToken)
    {
        await ending.CancelAsync();
        await Task.WhenAll(paces);
        var duration = TimeProvider.System.GetElapsedTime(start);
        await Task.WhenAll(UnderWay()).WaitAsync(SettleLimit, cancellationToken);
        await TryUntilAsync(() => notifications.Missing.Count == 0, cancellationToken);
        var report = new TrafficReport { Duration = duration, Calls = calls, Notifications = notifications };
        log($"load: {report}");
        foreach (var kind in calls.Failed.Concat(notifications.Failed).GroupBy(s => s.Reason))
        {
            log($"  {kind.Key}: {kind.First().Failure!.Message}");
        }

        return report;
    }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await Task.WhenAll(paces);
        foreach (IAsyncDisposable party in (IAsyncDisposable[])[.. callers, .. notifiers, .. servers, .. listeners])
        {
            await party.DisposeAsync();
        }

        ending.Dispose();
        logs.Dispose();
    }

    private Transport Open(string url) => Transport.Create(url, new TransportOptions
    {
        Drivers = DriverRegistry.Of(new RabbitMqDriver()),
        LoggerFactory = logs,
    });

    private void Track(Ledger ledger, int number, Func<Task> send)
    {
        var task = ledger.TrackAsync(number, send);
        if (!task.IsCompleted)
        {
            lock (underWay)
            {
                underWay.RemoveAll(done => done.IsCompleted);
                underWay.Add(task);
            }
        }
    }

    private Task[] UnderWay()
    {
        lock (underWay)
        {
            return [.. underWay];
        }
    }

    // A busy machine may answer late; one that is deaf never does.
    private async Task UntilAnsweredAsync(CallingParty caller, string server, CancellationToken cancellationToken)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                Assert.Equal(server, await caller.AskAsync(server, cancellationToken));
                return;
            }
            catch (MessagingException error) when (error.Reason is MessagingErrorReason.Timeout && TimeProvider.System.GetElapsedTime(begun) < SettleLimit)
            {
                // What it does serve tells a server that is deaf to its own name from one that is deaf, and both from a caller that is.
                log($"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {server} did not answer caller {callers.IndexOf(caller) + 1}: {error.Message} "
                    + $"Served so far: {string.Join(", ", servers.Select(s => $"{s.Name} {s.Served}"))}");
            }
        }
    }

    private static async Task UntilAsync(string what, Func<bool> condition, CancellationToken cancellationToken) =>
        Assert.True(await TryUntilAsync(condition, cancellationToken), $"{what}: not within {SettleLimit.TotalSeconds} s");

    private static async Task<bool> TryUntilAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        var begun = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(begun) > SettleLimit)
            {
                return false;
            }

            await timer.WaitForNextTickAsync(cancellationToken);
        }

        return true;
    }

    /// <summary>What the library says, a line each.</summary>
    private sealed class LinesFactory(Action<string> log) : ILoggerFactory, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                log($"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {logLevel} {eventId.Id} {formatter(state, exception)} {exception?.Message}");
            }
        }

        public void Dispose()
        {
        }
    }
}
