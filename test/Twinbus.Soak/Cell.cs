using Twinbus.Testing.Traffic;

namespace Twinbus.Soak;

/// <summary>What the clients of a cell know of the cluster.</summary>
internal enum ClientKind
{
    /// <summary>All three hosts, with the options that <c>twinbus show config</c> gives; each begins at a host of its own.</summary>
    Configured,

    /// <summary>All three hosts and no option.</summary>
    Bare,

    /// <summary>The host that is hit and no other, as with a broker of one node.</summary>
    OneHost,
}

/// <summary>One fault under load.</summary>
/// <param name="Name">As on the command line and in the results.</param>
/// <param name="Title">In words.</param>
/// <param name="Hold">From the fault to its end.</param>
/// <param name="StrikeAsync">Makes the fault.</param>
/// <param name="MendAsync">Ends it; null for what ends by itself, from which on recovery is counted at once.</param>
internal sealed record Cell(string Name, string Title, TimeSpan Hold, Func<Scene, Task> StrikeAsync, Func<Scene, Task>? MendAsync = null)
{
    public ClientKind Clients { get; init; }

    /// <summary>What the cluster does when the network parts it.</summary>
    public string PartitionHandling { get; init; } = "pause_minority";
}

/// <summary>Where a cell happens.</summary>
/// <param name="Site">The hosts.</param>
/// <param name="Victim">Who is hit.</param>
/// <param name="Others">The other two.</param>
/// <param name="Seed">Decides what else is random.</param>
/// <param name="Load">The traffic.</param>
/// <param name="Cancellation">Ends it all.</param>
internal sealed record Scene(SoakSite Site, string Victim, IReadOnlyList<string> Others, int Seed, TrafficLoad Load, CancellationToken Cancellation);
