using System.Collections.Immutable;

namespace Twinbus.Operations.Deploys;

/// <summary>How a deployment is removed.</summary>
public sealed record DownOptions
{
    /// <summary>Whether packages go too that the deployment installed.</summary>
    public bool PurgePackages { get; init; }

    /// <summary>Hosts that are gone for good: nothing is removed there.</summary>
    public ImmutableArray<string> Forgotten { get; init; } = [];

    /// <summary>How hosts are reached.</summary>
    public HostReach Reach { get; init; } = new();
}
