using System.Collections.Immutable;
using Twinbus.Hosts.Converging;

namespace Twinbus.Hosts.Running;

/// <summary>All hosts of one run.</summary>
internal sealed class FleetRun : IAsyncDisposable
{
    private readonly int parallel;

    public FleetRun(IEnumerable<string> hosts, IProgress<HostEvent>? progress, int parallel)
    {
        this.parallel = parallel;
        var oneAtATime = new OneAtATime(progress);
        Hosts = [.. hosts.Select(host => new HostRun(host, oneAtATime))];
    }

    public ImmutableArray<HostRun> Hosts { get; }

    public IEnumerable<HostRun> Alive => Hosts.Where(h => h.Failure is null);

    public bool HasFailed => Hosts.Any(h => h.Failure is not null);

    /// <summary>Whether there are few enough hosts to keep a session with each of them open for the whole run.</summary>
    public bool IsSmall => Hosts.Length <= parallel;

    /// <summary>Does something with every host that has not failed, several at once, and waits for all.</summary>
    public Task EachAsync(Func<HostRun, Task> work, CancellationToken cancellationToken) =>
        EachAsync([.. Alive], work, unbounded: false, cancellationToken);

    /// <summary>Does something with these hosts, several at once or, unbounded, with all of them at once, and waits for all.</summary>
    public Task EachAsync(IReadOnlyList<HostRun> hosts, Func<HostRun, Task> work, bool unbounded, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            hosts,
            new ParallelOptions { MaxDegreeOfParallelism = unbounded ? int.MaxValue : parallel, CancellationToken = cancellationToken },
            async (host, _) => await work(host).ConfigureAwait(false));

    public RunReport Report(Func<HostRun, IEnumerable<ResourceChange>> changes) => new()
    {
        Changes = [.. Hosts.SelectMany(changes)],
        Failures = [.. Hosts.Select(h => h.Failure).OfType<HostFailure>()],
        Fingerprints = Hosts.Where(h => h.Fingerprint is not null).ToImmutableDictionary(h => h.Host, h => h.Fingerprint!),
    };

    // At once: a session on a dead connection takes some seconds to give up.
    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(Hosts.Select(host => host.DisposeAsync().AsTask())).ConfigureAwait(false);

    private sealed class OneAtATime(IProgress<HostEvent>? progress) : IProgress<HostEvent>
    {
        private readonly Lock gate = new();

        public void Report(HostEvent value)
        {
            lock (gate)
            {
                progress?.Report(value);
            }
        }
    }
}
