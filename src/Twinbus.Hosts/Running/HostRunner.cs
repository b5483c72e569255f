using System.Collections.Immutable;

namespace Twinbus.Hosts.Running;

/// <summary>What a run may be told besides its plan.</summary>
public sealed record RunnerOptions
{
    /// <summary>How each host of a plan is reached, by inventory name; one that is missing here is this machine.</summary>
    public ImmutableDictionary<string, HostConnection> Connections { get; init; } =
        ImmutableDictionary<string, HostConnection>.Empty;

    /// <summary>How many hosts are worked on at once; default 16, 1 to 1000.</summary>
    public int Parallel { get; init; } = 16;

    /// <summary>Tells one run from another in locks and journals; default: a fresh one.</summary>
    public string RunId { get; init; } = Guid.NewGuid().ToString("N")[..12];
}

/// <summary>
/// Brings hosts to what a plan says. All hosts finish a stage before the next begins; a host that fails takes no
/// further part, the others go on, and the report names it. Failures of hosts never throw: they are in the report.
/// </summary>
public sealed class HostRunner
{
    private readonly RunnerOptions options;

    /// <summary>A runner for the hosts that <paramref name="options"/> say how to reach.</summary>
    public HostRunner(RunnerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
    }

    /// <summary>Reads every resource and reports what a deploy would change. Changes nothing.</summary>
    /// <param name="plan">What each host shall have.</param>
    /// <param name="progress">Told of each event as it happens, one at a time, from any thread.</param>
    /// <param name="cancellationToken">Ends the run; hosts stop after the resource at hand.</param>
    public Task<RunReport> CheckAsync(Plan plan, IProgress<HostEvent>? progress, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>
    /// Reads every resource, then changes what differs, stage by stage; resources that earlier runs of the same
    /// deployment made and the plan no longer names are removed. One round trip when nothing differs.
    /// </summary>
    /// <inheritdoc cref="CheckAsync"/>
    public Task<RunReport> DeployAsync(Plan plan, IProgress<HostEvent>? progress, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>Removes all that the deployment made on the hosts, in reverse order. What is not there any more is no error.</summary>
    /// <param name="deployment">The deployment's name.</param>
    /// <param name="hosts">The hosts' inventory names.</param>
    /// <param name="purgePackages">Whether packages go too that this deployment installed.</param>
    /// <param name="progress">Told of each event as it happens, one at a time, from any thread.</param>
    /// <param name="cancellationToken">Ends the run; hosts stop after the resource at hand.</param>
    public Task<RunReport> RemoveAsync(
        string deployment,
        ImmutableArray<string> hosts,
        bool purgePackages,
        IProgress<HostEvent>? progress,
        CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Reads what a host is and has. Changes nothing and needs no root.</summary>
    /// <param name="host">The host's inventory name.</param>
    /// <param name="packages">Packages whose versions are wanted.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="HostException">The host could not be read.</exception>
    public Task<HostFacts> ReadFactsAsync(string host, ImmutableArray<string> packages, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
