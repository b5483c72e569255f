namespace Twinbus.Operations.Deploys;

/// <summary>How an operation reaches its hosts.</summary>
public sealed record HostReach
{
    /// <summary><see cref="Parallel"/> unless it is set.</summary>
    public const int DefaultParallel = 16;

    /// <summary>The largest value of <see cref="Parallel"/>.</summary>
    public const int LargestParallel = 1000;

    /// <summary>How many hosts are worked on at once; default 16, 1 to 1000.</summary>
    public int Parallel { get; init; } = DefaultParallel;

    /// <summary>Whether an SSH host key that is not known yet is accepted and recorded. Default: no.</summary>
    public bool AcceptNewHostKeys { get; init; }
}
