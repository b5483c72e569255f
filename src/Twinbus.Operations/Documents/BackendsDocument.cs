using System.Collections.Immutable;
using Twinbus.Deployment.Backends;

namespace Twinbus.Operations.Documents;

/// <summary>What backends do and do not: <c>explain --format json</c>.</summary>
public sealed record BackendsDocument() : Document("twinbus-backends", 1)
{
    /// <summary>In the order of the catalogue.</summary>
    public required ImmutableArray<BackendCapabilities> Backends { get; init; }
}
