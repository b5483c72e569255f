using System.Collections.Immutable;

namespace Twinbus.Deployment.Planning;

/// <summary>What an operator gave to describe a messaging deployment.</summary>
public sealed record DeploymentRequest
{
    /// <summary>Environment files in order, the later one wins; none: the default environment.</summary>
    public ImmutableArray<string> Environments { get; init; } = [];

    /// <summary>Roles file; null: one role that has every messaging service.</summary>
    public string? Roles { get; init; }

    /// <summary>Inventory; null: this machine.</summary>
    public string? Inventory { get; init; }

    /// <summary>
    /// Whether a broker instance may go to other hosts altogether: it begins empty there, and what it holds on the old ones is lost.
    /// </summary>
    public bool StartEmpty { get; init; }

    /// <summary>Hosts that left the inventory and are gone for good: nothing is removed there, and they are not remembered any more.</summary>
    public ImmutableArray<string> Forgotten { get; init; } = [];

    /// <summary>The time at which custom certificates must be valid.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
