using Twinbus.Messaging;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.RabbitMq;

namespace Twinbus.Testing.Traffic;

/// <summary>
/// A cloud's traffic: servers, callers, notifiers and listeners, each with connections of its own as processes have, calls
/// and notifications at a steady pace whatever becomes of them. Every call and every notification is numbered and accounted for.
/// </summary>
public sealed class TrafficLoad : IAsyncDisposable
{
    public const int CallsPerSecond = 100;
    public const int NotificationsPerSecond = 200;

    /// <summary>How many there are of each: servers, callers, notifiers, listeners.</summary>
    public const int Parties = 3;

    // Numbers of notifications that are sent beside the steady ones.
    private const int FirstOfBurst = 1_000_000_000;

    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(120);

    private readonly TrafficOptions options;
    private readonly Action<string> log;
    private readonly Ledger calls = new();
    private readonly Ledger notifications = new();
    private readonly List<ServingParty> servers = [];
    private readonly List<CallingParty> callers = [];
    private readonly List<NotifyingParty> notifiers = [];
    private readonly List<ListeningParty> listeners = [];
    private readonly List<Task> underWay = [];
    private readonly CancellationTokenSource ending = new();
    private DateTimeOffset begun;
    private int bursts;
    private Task<int>[] paces = [];

    private TrafficLoad(TrafficOptions options, Action<string> log)
    {
        this.options = options;
        this.log = log;
    }

    /// <summary>Connects all parties and begins to send.</summary>
    /// <param name="options">What the load is made of.</param>
    /// <param name="log">Takes what the library says.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    public static async Task<TrafficLoad> StartAsync(TrafficOptions options, Action<string> log, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var load = new TrafficLoad(options, log);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(SettleLimit);
        try
        {
            for (var i = 1; i <= Parties; i++)
            {
                await load.ConnectAsync(i, limit.Token);
            }
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            await load.DisposeAsync();
            throw new TimeoutException($"A party did not connect within {SettleLimit.TotalSeconds:0} s: a broker is not there", error);
        }
        catch
        {
            await load.DisposeAsync();
            throw;
        }

        load.begun = TimeProvider.System.GetUtcNow();
        load.paces =
        [
            Pace.RunAsync(CallsPerSecond, n => load.Track(load.calls, n, load.callers[n % Parties].CallAsync), load.ending.Token),
            Pace.RunAsync(NotificationsPerSecond, n => load.Track(load.notifications, n, number => load.notifiers[n % Parties].NotifyAsync(number)), load.ending.Token),
        ];
        return load;
    }

    /// <summary>Sends on for a while.</summary>
    public static Task RunAsync(TimeSpan time, CancellationToken cancellationToken) => Task.Delay(time, cancellationToken);

    /// <summary>Sends this many notifications at once beside the steady ones, and returns when the first of them is confirmed.</summary>
    public Task BurstAsync(int count, CancellationToken cancellationToken)
    {
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        for (var i = 0; i < count; i++)
        {
            Track(notifications, FirstOfBurst + bursts++, async number =>
            {
                await notifiers[number % Parties].NotifyAsync(number, CancellationToken.None);
                first.TrySetResult();
            });
        }

        return first.Task.WaitAsync(SettleLimit, cancellationToken);
    }

    /// <summary>Waits until nothing has failed for a while and every sender has had a success in it; false when it is not so within the limit.</summary>
    public Task<bool> TryUntilQuietAsync(TimeSpan run, TimeSpan limit, CancellationToken cancellationToken)
    {
        return TryUntilAsync(() => IsQuiet(calls) && IsQuiet(notifications), limit, cancellationToken);

        bool IsQuiet(Ledger ledger)
        {
            var since = TimeProvider.System.GetUtcNow() - run;
            var all = ledger.All;
            var recent = all.Where(s => s.Ended >= since).ToList();
            return all.All(s => s.Ended is not null || s.Begun > since) && recent.All(s => s.IsDone) && recent.Select(s => s.Sender).Distinct().Count() == Parties;
        }
    }

    /// <summary>
    /// Who is deaf, while the load goes on: each server must answer to its own name for every caller and get its share of the
    /// calls to all and of the casts, each caller must be answered by topic too, each notifier confirmed, each listener must hear.
    /// </summary>
    public async Task<IReadOnlyList<string>> FindDeafAsync(CancellationToken cancellationToken)
    {
        var fanouts = servers.Select(s => s.Fanouts).ToArray();
        var served = servers.Select(s => s.Served).ToArray();
        var heard = listeners.Select(l => l.Heard).ToArray();
        var deaf = await Task.WhenAll(
        [
            .. callers.SelectMany(c => servers.Select(s => AskAsync($"{s.Name} to a direct call of {c.Name}", async () => await c.AskAsync(s.Name, cancellationToken) == s.Name))),
            .. callers.Select(c => AskAsync($"{c.Name} in a topic call", async () => await c.AskAsync(null, cancellationToken) is not null)),
            .. callers.Select(c => AskAsync($"{c.Name} in a cast to all", () => DoneAsync(c.TellAllAsync(cancellationToken)))),
            .. notifiers.Select(n => AskAsync($"{n.Name} in a notification", () => DoneAsync(n.NotifyAsync(NotifyingParty.Uncounted, cancellationToken)))),
        ]);
        var unheard = await Task.WhenAll(
        [
            .. servers.Zip(fanouts, (s, before) => WaitAsync($"{s.Name} to casts to all", () => s.Fanouts >= before + callers.Count)),
            .. servers.Zip(served, (s, before) => WaitAsync($"{s.Name} to topic calls", () => s.Served > before)),
            .. listeners.Zip(heard, (l, before) => WaitAsync($"{l.Name} to notifications", () => l.Heard > before)),
        ]);
        return [.. deaf.Concat(unheard).OfType<string>()];

        async Task<string?> AskAsync(string what, Func<Task<bool>> ask) => await TryUntilAnsweredAsync(what, ask, cancellationToken) ? null : what;

        async Task<string?> WaitAsync(string what, Func<bool> condition) => await TryUntilAsync(condition, SettleLimit, cancellationToken) ? null : what;
    }

    /// <summary>Sends no more, waits for the end of all that was sent, and says what became of it.</summary>
    public async Task<TrafficReport> StopAsync(CancellationToken cancellationToken)
    {
        await ending.CancelAsync();
        await Task.WhenAll(paces);
        var ended = TimeProvider.System.GetUtcNow();

        // What has no end by then is in the report as such.
        await TryUntilAsync(() => UnderWay() == 0, SettleLimit, cancellationToken);
        await TryUntilAsync(() => notifications.Missing.Count == 0, SettleLimit, cancellationToken);
        var report = new TrafficReport { Begun = begun, Ended = ended, Deadline = options.Deadline, Calls = calls, Notifications = notifications };
        log($"load: {report}");
        foreach (var error in report.Errors())
        {
            log($"  {error}");
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
    }

    // Each with all the connections that it will use.
    private async Task ConnectAsync(int number, CancellationToken cancellationToken)
    {
        if (options.BeforeConnecting is { } prepare)
        {
            await prepare(number);
        }

        var server = new ServingParty($"server{number}", Open($"server{number}", options.Rpc), options.Topic, calls);
        servers.Add(server);
        var listener = new ListeningParty($"listener{number}", Open($"listener{number}", options.Notify), options.Events, notifications);
        listeners.Add(listener);
        var caller = new CallingParty($"caller{number}", Open($"caller{number}", options.Rpc), options.Topic, options.Deadline);
        callers.Add(caller);
        var notifier = new NotifyingParty($"notifier{number}", Open($"notifier{number}", options.Notify), options.Events);
        notifiers.Add(notifier);
        await server.StartAsync(cancellationToken);
        await listener.StartAsync(cancellationToken);
        await caller.AskAsync(server.Name, cancellationToken);
        await notifier.NotifyAsync(NotifyingParty.Uncounted, cancellationToken);
    }

    private Transport Open(string party, string url) => Transport.Create(url, new TransportOptions
    {
        Drivers = DriverRegistry.Of(new RabbitMqDriver()),
        LoggerFactory = new TrafficLog(party, log),
    });

    private void Track(Ledger ledger, int number, Func<int, Task> send)
    {
        var task = ledger.TrackAsync(number, number % Parties, () => send(number));
        if (!task.IsCompleted)
        {
            lock (underWay)
            {
                underWay.Add(task);
                if (underWay.Count % 1000 == 0)
                {
                    underWay.RemoveAll(done => done.IsCompleted);
                }
            }
        }
    }

    private int UnderWay()
    {
        lock (underWay)
        {
            underWay.RemoveAll(done => done.IsCompleted);
            return underWay.Count;
        }
    }

    private static async Task<bool> DoneAsync(Task task)
    {
        await task;
        return true;
    }

    // A busy machine may answer late; one that is deaf never does.
    private async Task<bool> TryUntilAnsweredAsync(string what, Func<Task<bool>> ask, CancellationToken cancellationToken)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(begun) < SettleLimit)
        {
            try
            {
                return await ask().WaitAsync(SettleLimit, cancellationToken);
            }
            catch (Exception error) when (error is MessagingException or TimeoutException)
            {
                // What it does serve tells a server that is deaf to its own name from one that is deaf, and both from a caller that is.
                log($"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} deaf? {what}: {error.Message} "
                    + $"Served so far: {string.Join(", ", servers.Select(s => $"{s.Name} {s.Served}"))}");
                await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
            }
        }

        return false;
    }

    private static async Task<bool> TryUntilAsync(Func<bool> condition, TimeSpan limit, CancellationToken cancellationToken)
    {
        var begun = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(begun) > limit)
            {
                return false;
            }

            await timer.WaitForNextTickAsync(cancellationToken);
        }

        return true;
    }
}
