using Twinbus.Hosts.Resources;

namespace Twinbus.Hosts.Convergence;

/// <summary>
/// The wait for a service that is started: until it listens, dies, or takes too long. Made before the service is told to
/// start, so that it knows which start is the awaited one.
/// </summary>
internal sealed class ServiceStart(ServiceResource service, ServiceKeeper keeper, HostVisit visit)
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);
    private const int ShownLines = 20;
    private const int LongestTail = 64 * 1024;

    // Members of a cluster that start at the same time may die of a race among themselves: RabbitMQ 3.10 does when another
    // asks a node for its feature flags that does not know them yet. Whoever keeps the service starts it again.
    private const int DeathsAmongOthers = 2;

    private readonly ServiceDeaths deaths = new(
        LoadedFiles.RecordedAt(service.RuntimeDirectory), ServiceKeeper.MainProcess(service.Unit, service.RuntimeDirectory));

    public async Task AwaitAsync(CancellationToken cancellationToken)
    {
        var start = visit.Clock.GetTimestamp();
        var told = TimeSpan.Zero;
        while (true)
        {
            var waited = visit.Clock.GetElapsedTime(start);
            var started = LoadedFiles.RecordedAt(service.RuntimeDirectory);
            var current = ServiceKeeper.MainProcess(service.Unit, service.RuntimeDirectory);
            var missing = Missing();
            if (current is not null && missing is null && keeper.IsWatched(service.Unit, service.RuntimeDirectory))
            {
                return;
            }

            if (deaths.Notice(started, current))
            {
                Bear();
            }

            if (waited > TimeSpan.FromSeconds(service.StartTimeoutSeconds))
            {
                throw Failed(current is null
                    ? "it did not come up"
                    : $"it runs as process {current}, but does not listen on {missing}");
            }

            if (waited - told >= TimeSpan.FromSeconds(1))
            {
                told = waited;
                if (current is null
                    && deaths.HasStarted
                    && await keeper.IsAtRestAsync(service.Unit, service.RuntimeDirectory, cancellationToken).ConfigureAwait(false))
                {
                    throw Failed("it ended while it was starting, and is not started again");
                }

                keeper.Hurry(service);
                visit.Progress(
                    service,
                    missing is null ? $"waiting for it to start, {waited.TotalSeconds:0} s" : $"waiting for it to listen on {missing}, {waited.TotalSeconds:0} s");
            }

            await Task.Delay(Glance, visit.Clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private void Bear()
    {
        if (service.Membership is null || deaths.Count > DeathsAmongOthers)
        {
            throw Failed(deaths.Count == 1 ? "it ended while it was starting" : $"it ended {deaths.Count} times while it was starting");
        }

        visit.Progress(service, "ended while it was starting together with the others; it is started again");
    }

    private string? Missing()
    {
        var sockets = ListeningSockets.Read();
        return service.ReadyWhenListening.FirstOrDefault(e => !ListeningSockets.Answers(sockets, e));
    }

    private HostException Failed(string how) => new(
        HostFailureReason.Service,
        $"{service.Unit} did not start: {how}.",
        Tail() is { Length: > 0 } tail ? $"The last lines of {service.OutputFile}:\n{tail}" : $"{service.OutputFile} has nothing to say about it.",
        service.Membership is { Members: var members }
            ? $"Members of a cluster that were all down wait for each other: see that {string.Join(", ", members)} run, then run this again. If one of them is gone for good: docs/guide/clusters.md, after a power cut."
            : "Mend what the lines above say, then run this again.");

    private string Tail()
    {
        if (!File.Exists(service.OutputFile))
        {
            return "";
        }

        using var file = new FileStream(Posix.OpenForReading(service.OutputFile), FileAccess.Read);
        file.Seek(-Math.Min(file.Length, LongestTail), SeekOrigin.End);
        using var reader = new StreamReader(file);
        var lines = reader.ReadToEnd().TrimEnd().Split('\n');
        return string.Join('\n', lines[Math.Max(0, lines.Length - ShownLines)..]);
    }
}
