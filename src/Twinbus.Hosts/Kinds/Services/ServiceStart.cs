using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.Kinds.Services;

/// <summary>
/// The wait for a service that is started: until it listens, dies, or takes too long. Made before the service is told to
/// start, so that it knows which start is the awaited one.
/// </summary>
internal sealed class ServiceStart(ServiceResource service, InitSystem init, ConvergenceContext context)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);
    private const int ShownLines = 20;
    private const int LongestTail = 64 * 1024;

    private readonly ServiceCrashes crashes = new(
        LoadedFiles.RecordedAt(service.RuntimeDirectory), InitSystem.MainProcess(service.Unit, service.RuntimeDirectory));

    public async Task AwaitAsync(CancellationToken cancellationToken)
    {
        var start = context.Clock.GetTimestamp();
        var told = TimeSpan.Zero;
        while (true)
        {
            var waited = context.Clock.GetElapsedTime(start);
            var started = LoadedFiles.RecordedAt(service.RuntimeDirectory);
            var current = InitSystem.MainProcess(service.Unit, service.RuntimeDirectory);
            var missing = Missing();
            if (current is not null && missing is null && init.IsWatched(service.Unit, service.RuntimeDirectory))
            {
                return;
            }

            if (crashes.Notice(started, current))
            {
                ThrowIfTooManyCrashes();
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
                    && crashes.HasStarted
                    && await init.IsAtRestAsync(service.Unit, service.RuntimeDirectory, cancellationToken).ConfigureAwait(false))
                {
                    throw Failed("it ended while it was starting, and is not started again");
                }

                init.Hurry(service);
                context.Progress(
                    service,
                    missing is null ? $"waiting for it to start, {waited.TotalSeconds:0} s" : $"waiting for it to listen on {missing}, {waited.TotalSeconds:0} s");
            }

            await Task.Delay(PollInterval, context.Clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private void ThrowIfTooManyCrashes()
    {
        if (crashes.Count > (service.Guard?.CrashesTolerated ?? 0))
        {
            throw Failed(crashes.Count == 1 ? "it ended while it was starting" : $"it ended {crashes.Count} times while it was starting");
        }

        context.Progress(service, "ended while it was starting together with the others; it is started again");
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
        service.Guard?.StartAdvice ?? "Mend what the lines above say, then run this again.");

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
