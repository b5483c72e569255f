using System.Collections.Immutable;
using Twinbus.Deployment.Model;

namespace Twinbus.Operations.Documents;

/// <summary>Every parameter with its value and origin: <c>show parameters --format json</c>.</summary>
public sealed record ParametersDocument() : Document("twinbus-parameters", 1)
{
    /// <summary>In name order.</summary>
    public required ImmutableArray<ResolvedParameter> Parameters { get; init; }
}
