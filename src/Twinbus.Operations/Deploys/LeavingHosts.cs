using System.Collections.Immutable;

namespace Twinbus.Operations.Deploys;

/// <summary>What may become of hosts that leave the inventory.</summary>
/// <param name="StartEmpty">Whether a broker may leave all its hosts, and lose what it holds on them.</param>
/// <param name="Forgotten">Hosts that are gone for good: nothing is removed there.</param>
public sealed record LeavingHosts(bool StartEmpty, ImmutableArray<string> Forgotten)
{
    /// <summary>Each host that leaves is emptied, and a broker keeps at least one of its hosts.</summary>
    public static LeavingHosts None { get; } = new(false, []);

    /// <summary>Whether anything beyond that is allowed.</summary>
    public bool IsAnything => StartEmpty || !Forgotten.IsEmpty;
}
