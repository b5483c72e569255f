using Twinbus.Deployment.Model;
using Twinbus.Messaging.Drivers;

namespace Twinbus.Operations.Health;

/// <summary>How a health check is made.</summary>
public sealed record HealthOptions
{
    /// <summary>The messaging drivers that the services' transport URLs may need.</summary>
    public required DriverRegistry Drivers { get; init; }

    /// <summary>How long each check may take, above 0; null: as long as its service says.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>The clock; default: the system's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>How long a check of <paramref name="service"/> may take.</summary>
    internal TimeSpan PatienceWith(MessagingService service) => Timeout ?? TimeSpan.FromSeconds(service.HealthTimeoutSeconds);
}
