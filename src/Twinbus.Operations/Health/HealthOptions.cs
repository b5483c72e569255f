using Twinbus.Messaging.Drivers;

namespace Twinbus.Operations.Health;

/// <summary>How a health check is made.</summary>
public sealed record HealthOptions
{
    /// <summary>The messaging drivers that the services' transport URLs may need.</summary>
    public required DriverRegistry Drivers { get; init; }

    /// <summary>How long each check may take; default 5 s, above 0.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The clock; default: the system's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
