using System.Collections.Immutable;

namespace Twinbus.Hosts.Plans;

/// <summary>The resources of one stage on one host, in the order in which they are converged.</summary>
/// <param name="Stage">Which stage.</param>
/// <param name="Resources">In the order in which they are converged.</param>
public sealed record StagePlan(Stage Stage, ImmutableArray<Resource> Resources);
