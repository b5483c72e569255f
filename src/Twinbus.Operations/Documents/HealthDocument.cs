using System.Collections.Immutable;
using Twinbus.Operations.Health;

namespace Twinbus.Operations.Documents;

/// <summary>The health of a deployment: <c>health --format json</c>.</summary>
public sealed record HealthDocument() : Document("twinbus-health", 1)
{
    /// <summary>Whether every service is healthy.</summary>
    public required bool Healthy { get; init; }

    /// <summary>Its messaging services with their checks.</summary>
    public required ImmutableArray<ServiceHealth> Services { get; init; }

    /// <summary>The document of <paramref name="report"/>.</summary>
    public static HealthDocument Of(HealthReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return new HealthDocument { Healthy = report.Healthy, Services = report.Services };
    }
}
