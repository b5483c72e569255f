using System.Collections.Immutable;
using Twinbus.Hosts.Converging;

namespace Twinbus.Hosts.Running;

/// <summary>What a run may be told besides its plan.</summary>
public sealed record RunnerOptions
{
    /// <summary>The kinds of resources that plans may have: those that the hosts' agents know as well.</summary>
    public required ResourceKinds Kinds { get; init; }

    /// <summary>How each host of a plan is reached, by inventory name; one that is missing here is this machine.</summary>
    public ImmutableDictionary<string, HostConnection> Connections { get; init; } =
        ImmutableDictionary<string, HostConnection>.Empty;

    /// <summary>How many hosts are worked on at once; default 16, 1 to 1000.</summary>
    public int Parallel { get; init; } = 16;

    /// <summary>Tells one run from another in locks and journals; default: a fresh one.</summary>
    public string RunId { get; init; } = Guid.NewGuid().ToString("N")[..12];

    /// <summary>
    /// Where the host agents are, <c>linux-x64/twinbus-agent</c> and so on; default: <c>../agent</c> beside this program.
    /// </summary>
    public string AgentDirectory { get; init; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "agent"));

    /// <summary>File of SSH host keys of this deployment, besides the user's own; default: the user's own only.</summary>
    public string? KnownHostsFile { get; init; }

    /// <summary>Whether an SSH host key that is not known yet is accepted and recorded. One that changed never is. Default: no.</summary>
    public bool AcceptNewHostKeys { get; init; }

    /// <summary>The clock; default: the system's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
