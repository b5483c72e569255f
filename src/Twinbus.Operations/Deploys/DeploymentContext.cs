using Twinbus.Messaging.Drivers;

namespace Twinbus.Operations.Deploys;

/// <summary>Which deployment an operation is about, and what it works with.</summary>
public sealed record DeploymentContext
{
    /// <summary>The deployment directory, absolute; it need not exist yet.</summary>
    public required string Directory { get; init; }

    /// <summary>Whether that is the directory of whoever names none: its deployment is called <c>default</c>.</summary>
    public bool IsDefaultDirectory { get; init; }

    /// <summary>The messaging drivers that services are verified with.</summary>
    public required DriverRegistry Drivers { get; init; }

    /// <summary>The clock; default: the system's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
