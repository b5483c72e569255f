using Twinbus.Hosts.Running;

namespace Twinbus.Operations.Deploys;

/// <summary>What was removed.</summary>
/// <param name="Deployment">The deployment's name; null when there was none.</param>
/// <param name="Report">What was removed, and what failed.</param>
public sealed record DownResult(string? Deployment, RunReport Report);
