using Twinbus.Messaging.Load.Contestants;
using Twinbus.Testing;
using Twinbus.Testing.RabbitMq;

namespace Twinbus.Messaging.Load;

/// <summary>All contestants on one broker, taking turns, so that what else the machine does hits all alike.</summary>
internal sealed class Tournament(Effort effort, TextWriter talk) : IAsyncDisposable
{
    private static readonly int[] Outstanding = [1, 16, 128];
    private readonly Stack<IAsyncDisposable> opened = new();
    private readonly TemporaryDirectory directory = new();
    private readonly Dictionary<string, IRpcContestant> rpc = [];
    private readonly Dictionary<string, INotificationContestant> notifications = [];

    private RabbitMqServer? broker;
    private RabbitMqVirtualHost? host;

    public static async Task<Results> RunAsync(Effort effort, TextWriter talk)
    {
        await using Tournament tournament = new(effort, talk);
        await tournament.OpenAsync();
        return await tournament.PlayAsync();
    }

    public async ValueTask DisposeAsync()
    {
        while (opened.TryPop(out IAsyncDisposable? disposable))
        {
            await disposable.DisposeAsync();
        }

        directory.Dispose();
    }

    private async Task OpenAsync()
    {
        await talk.WriteLineAsync("starting a private broker and the contestants");
        broker = Opened(await RabbitMqServer.StartAsync());
        host = await broker.CreateVirtualHostAsync();
        string amqpUrl = directory.Write("amqp-url", host.AmqpUri.AbsoluteUri);
        string osloUrl = directory.Write("oslo-url", host.TransportUrl);

        Opened(await ServeAsync("twinbus", osloUrl));
        rpc["twinbus"] = Opened(new TwinbusRpc(TwinbusRpc.Open(host.TransportUrl)));
        notifications["twinbus"] = Opened(new TwinbusNotifications(TwinbusRpc.Open(host.TransportUrl)));
        Opened(await ServeAsync("raw", amqpUrl));
        rpc["raw"] = Opened(await RawRpc.ConnectAsync(host.AmqpUri));
        Opened(await ServeAsync("by-hand", amqpUrl));
        rpc["by_hand"] = Opened(await ByHandRpc.ConnectAsync(host.AmqpUri));
        notifications["raw"] = Opened(await RawNotifications.ConnectAsync(host.AmqpUri));
        PythonLoad python = Opened(await PythonLoad.StartAsync(osloUrl, directory.Write("text", Workload.Text)));
        rpc["python"] = python;
        notifications["python"] = python;
    }

    private async Task<Results> PlayAsync()
    {
        List<RpcResult> calls = [];
        foreach (int outstanding in Outstanding)
        {
            await talk.WriteLineAsync($"RPC, {outstanding} outstanding");
            calls.Add(new RpcResult(outstanding, await TakeTurnsAsync(
                rpc.ToDictionary(entry => entry.Key, entry => (Func<TimeSpan, Task<Measurement>>)(turn => entry.Value.CallAsync(outstanding, turn))))));
        }

        await talk.WriteLineAsync("notifications");
        return new Results(calls, await TakeTurnsAsync(
            notifications.ToDictionary(entry => entry.Key, entry => (Func<TimeSpan, Task<Measurement>>)(turn => NotifyAsync(entry.Value, turn)))));
    }

    private async Task<Measurement> NotifyAsync(INotificationContestant contestant, TimeSpan turn)
    {
        Measurement measurement = await contestant.NotifyAsync(turn);
        // Nobody consumes, and what one contestant left is not to weigh on the next.
        IReadOnlyList<string> queues = await broker!.Administration.QueuesAsync(host!.Name, CancellationToken.None);
        foreach (string queue in queues.Where(queue => queue.Contains("notifications", StringComparison.Ordinal)))
        {
            await broker.Administration.DeleteAsync($"queues/{host.Name}/{queue}/contents", CancellationToken.None);
        }

        return measurement;
    }

    private async Task<Dictionary<string, Measurement>> TakeTurnsAsync(Dictionary<string, Func<TimeSpan, Task<Measurement>>> contestants)
    {
        Dictionary<string, List<Measurement>> runs = contestants.Keys.ToDictionary(name => name, _ => new List<Measurement>());
        foreach (Func<TimeSpan, Task<Measurement>> contestant in contestants.Values)
        {
            await contestant(effort.WarmUp);
        }

        for (int repetition = 0; repetition < effort.Repetitions; repetition++)
        {
            // In another order each time, the same in every run: who comes after whom is not to weigh on anyone.
            KeyValuePair<string, Func<TimeSpan, Task<Measurement>>>[] turns = [.. contestants];
            new Random(repetition).Shuffle(turns);
            foreach ((string name, Func<TimeSpan, Task<Measurement>> contestant) in turns)
            {
                // One contestant's garbage is not to be another's pause.
                GC.Collect();
                runs[name].Add(await contestant(effort.Turn));
            }
        }

        return runs.ToDictionary(entry => entry.Key, entry => Measurement.Median(entry.Value));
    }

    private static Task<LineProcess> ServeAsync(string contestant, string urlFile) =>
        LineProcess.StartAsync(Environment.ProcessPath!, "--serve", contestant, urlFile);

    private T Opened<T>(T disposable)
        where T : IAsyncDisposable
    {
        opened.Push(disposable);
        return disposable;
    }
}
