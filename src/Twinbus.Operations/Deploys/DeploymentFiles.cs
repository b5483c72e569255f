using System.Collections.Immutable;

namespace Twinbus.Operations.Deploys;

/// <summary>The files that describe a deployment, absolute. What is not given is as in the last deploy, else the default.</summary>
public sealed record DeploymentFiles
{
    /// <summary>No file: all as in the last deploy, else the default.</summary>
    public static DeploymentFiles None { get; } = new();

    /// <summary>Environment files in order, the later one wins.</summary>
    public ImmutableArray<string> Environments { get; init; } = [];

    /// <summary>The roles file.</summary>
    public string? Roles { get; init; }

    /// <summary>The inventory.</summary>
    public string? Inventory { get; init; }

    /// <summary>Whether any file is given.</summary>
    public bool AreGiven => !Environments.IsEmpty || Roles is not null || Inventory is not null;
}
