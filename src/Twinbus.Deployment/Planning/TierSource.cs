using System.Collections.Immutable;
using Twinbus.Deployment.Model;

namespace Twinbus.Deployment.Planning;

/// <summary>What the given files say, merged and checked; no host has been looked at.</summary>
public sealed class TierSource
{
    /// <summary>The hosts that take part, whose facts a plan needs.</summary>
    public required ImmutableArray<TierHost> Hosts { get; init; }

    /// <summary>The distribution packages that a plan may install.</summary>
    public required ImmutableArray<string> Packages { get; init; }

    /// <summary>What the operator should know and need not act on.</summary>
    public required ImmutableArray<Problem> Notices { get; init; }

    /// <summary>Reads, merges and checks everything that was given.</summary>
    /// <exception cref="DeploymentException">All that is wrong, at once (<see cref="DeploymentFailureReason.InvalidInput"/>).</exception>
    public static Task<TierSource> ReadAsync(TierRequest request, ShippedFiles shipped, CancellationToken cancellationToken) =>
        throw new DeploymentException(DeploymentFailureReason.NotDeployable, new Problem("environment files cannot be read yet", "", ""));
}
