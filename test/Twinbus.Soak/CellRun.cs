using System.Globalization;
using Twinbus.Messaging;
using Twinbus.Testing.Traffic;

namespace Twinbus.Soak;

/// <summary>One run of a cell: load, fault, its end, quiet, who is deaf, the count.</summary>
internal sealed class CellRun(SoakSite site, Cell cell, int seed, Action<string> log, CancellationToken cancellationToken)
{
    /// <summary>What the topics of all runs begin with.</summary>
    public const string TopicPrefix = "soak_";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan QuietLimit = TimeSpan.FromSeconds(150);

    // How long nothing fails where service counts as back.
    private static readonly TimeSpan Back = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(3);

    // A split that lasts so long without a cut does not end by itself; a member that is not back then neither.
    private static readonly TimeSpan SplitLimit = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan WholeLimit = TimeSpan.FromSeconds(180);
    private static readonly TimeSpan HandLimit = TimeSpan.FromSeconds(120);

    private readonly List<string> notes = [];
    private bool neededAHand;

    /// <summary>Runs it.</summary>
    /// <param name="machine">What it runs on.</param>
    /// <param name="commit">What it runs.</param>
    public async Task<SoakRow> RunAsync(string machine, string commit)
    {
        var random = new Random(seed);
        var victim = SoakSite.Hosts[random.Next(SoakSite.Hosts.Count)];
        string[] others = [.. SoakSite.Hosts.Where(host => host != victim)];
        var date = TimeProvider.System.GetUtcNow();
        await site.PrepareAsync(cell.PartitionHandling);
        await site.DeleteQueuesAsync();
        await using var load = await StartAsync(victim);
        await TrafficLoad.RunAsync(Before, cancellationToken);

        var scene = new Scene(site, victim, others, seed, load, cancellationToken);
        Say($"strikes {victim}");
        var struck = TimeProvider.System.GetUtcNow();
        await cell.StrikeAsync(scene);
        var health = site.HealthAsync();
        await TrafficLoad.RunAsync(cell.Hold, cancellationToken);
        if (cell.MendAsync is not null)
        {
            await cell.MendAsync(scene);
        }

        var mended = cell.MendAsync is null ? struck : TimeProvider.System.GetUtcNow();
        Say("the fault is over");
        var healthDuring = await health;
        await MakeWholeAsync(victim);
        Note(!await load.TryUntilQuietAsync(Quiet, QuietLimit, cancellationToken), $"not quiet within {QuietLimit.TotalSeconds:0} s");
        var healthAfter = await site.HealthAsync();
        Say("asking who is deaf");
        var deaf = await load.FindDeafAsync(cancellationToken);
        Note(deaf.Count > 0, $"deaf: {string.Join(", ", deaf)}");
        Say("draining");
        var report = await load.StopAsync(cancellationToken);
        Judge(report);
        return Row(report, deaf.Count, mended) with
        {
            Date = date,
            Machine = machine,
            Commit = commit,
            NeededAHand = neededAHand,
            HealthDuring = healthDuring,
            HealthAfter = healthAfter,
            Notes = string.Join("; ", [$"hit {victim}", .. notes]),
        };
    }

    private async Task<TrafficLoad> StartAsync(string victim)
    {
        var configured = await site.ClientUrlsAsync();
        var urls = cell.Clients switch
        {
            ClientKind.Bare => configured.Bare(),
            ClientKind.OneHost => configured.Only(site.Address(victim)),
            _ => configured,
        };
        var options = new TrafficOptions
        {
            Rpc = urls.Rpc,
            Notify = urls.Notify,
            Topic = $"{TopicPrefix}{seed}",
            Deadline = Deadline,
            BeforeConnecting = cell.Clients == ClientKind.OneHost ? null : PinAsync,
        };
        var load = await TrafficLoad.StartAsync(options, log, cancellationToken);
        await site.LabAsync("heal");
        return load;
    }

    // Each host has a client of each kind: while they connect, the other hosts refuse.
    private async Task PinAsync(int number)
    {
        await site.LabAsync("heal");
        await site.LabAsync(["refuse", .. SoakSite.Hosts.Where((_, index) => index != number - 1)]);
    }

    // Waits until both clusters are whole; what does not become so by itself is restarted, as an operator would.
    private async Task MakeWholeAsync(string victim)
    {
        var begun = TimeProvider.System.GetTimestamp();
        var splits = new Dictionary<string, long>();
        var hands = 0;
        while (true)
        {
            var states = await Task.WhenAll(SoakSite.Services.Select(async service => (Service: service, State: await site.StateAsync(service))));
            var broken = states.Where(each => !each.State.IsWhole).ToList();
            if (broken.Count == 0)
            {
                Say($"both clusters are whole after {TimeProvider.System.GetElapsedTime(begun).TotalSeconds:0} s");
                return;
            }

            var waited = TimeProvider.System.GetElapsedTime(begun);
            foreach (var (service, state) in broken)
            {
                log($"{TimeProvider.System.GetUtcNow():HH:mm:ss} {service}: {state}");
                if (state.IsSplit)
                {
                    splits.TryAdd(service, TimeProvider.System.GetTimestamp());
                }

                var isStuck = state.IsSplit ? TimeProvider.System.GetElapsedTime(splits[service]) > SplitLimit : waited > WholeLimit + (hands * HandLimit);
                if (isStuck && hands < SoakSite.Hosts.Count)
                {
                    hands++;
                    splits.Remove(service);
                    await HelpAsync(service, state, victim, waited);
                }
            }

            if (waited > WholeLimit + (hands * HandLimit))
            {
                site.IsSpoilt = true;
                Note(true, $"not whole {waited.TotalSeconds:0} s after the fault: {string.Join("; ", broken.Select(each => $"{each.Service}: {each.State}"))}; new hosts");
                return;
            }

            await Task.Delay(Poll, cancellationToken);
        }
    }

    private async Task HelpAsync(string service, ClusterState state, string victim, TimeSpan waited)
    {
        neededAHand = true;
        var hosts = state.ToRestart(victim);
        Note(true, $"{service} {(state.IsSplit ? "split" : "not whole")} ({state}), {string.Join(" and ", hosts)} restarted {waited.TotalSeconds:0} s after the fault");
        Say(notes[^1]);
        foreach (var host in hosts)
        {
            await site.RestartAsync(service, host);
        }
    }

    private void Judge(TrafficReport report)
    {
        var others = report.Calls.Failed.Where(s => !s.IsTimedOut && s.Failure is not WrongReplyException)
            .GroupBy(s => s.Reason).Select(same => $"{same.Count()} {same.Key}").ToList();
        Note(others.Count > 0, $"calls failed otherwise: {string.Join(", ", others)}");
        Note(report.Notifications.Failed.Count > 0, $"notifications failed: {report.Notifications.Reasons()}");
        Note(report.Calls.Failed.Concat(report.Notifications.Failed).Any(s => s.Failure is not (MessagingException or WrongReplyException)), "errors that are not the library's");
        Note(report.Notifications.Missing.Count > 0, $"lost: {string.Join(", ", report.Notifications.Missing.Take(10))}");
        var steady = report.Duration.TotalSeconds * 0.95;
        Note(report.Calls.All.Count < steady * TrafficLoad.CallsPerSecond || report.Notifications.All.Count < steady * TrafficLoad.NotificationsPerSecond, "the load fell behind");
        foreach (var hung in report.HungSendings.Take(10))
        {
            log($"hung: {hung.Number} of sender {hung.Sender}, begun {hung.Begun:HH:mm:ss.fff}, ended {hung.Ended:HH:mm:ss.fff} ({hung.Reason})");
        }
    }

    private SoakRow Row(TrafficReport report, int deaf, DateTimeOffset mended) => new()
    {
        Cell = cell.Name,
        Seed = seed,
        Acknowledged = report.Notifications.Done.Count,
        Lost = report.Notifications.Missing.Count,
        Twice = report.Notifications.Copies,
        CallsAnswered = report.Calls.Done.Count,
        Wrong = report.Wrong,
        ExecutedTwice = report.Calls.Repeated.Count,
        TimedOut = report.TimedOut,
        TimedOutExecuted = report.TimedOutExecuted,
        Hung = report.HungSendings.Count,
        Deaf = deaf,
        SilenceOfNotifications = report.SilenceOfNotifications.OfOne.TotalSeconds,
        SilenceOfAllNotifications = report.SilenceOfNotifications.OfAll.TotalSeconds,
        SilenceOfCalls = report.SilenceOfCalls.OfOne.TotalSeconds,
        SilenceOfAllCalls = report.SilenceOfCalls.OfAll.TotalSeconds,
        RecoveredAfter = report.BackAfter(mended, Back).TotalSeconds,
    };

    private void Note(bool isSo, string note)
    {
        if (isSo)
        {
            notes.Add(note);
        }
    }

    private void Say(string what)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow():HH:mm:ss} {cell.Name} {seed}: {what}");
        Console.Error.WriteLine(line);
        log(line);
    }
}
