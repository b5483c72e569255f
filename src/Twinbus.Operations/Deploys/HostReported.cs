using Twinbus.Hosts.Running;

namespace Twinbus.Operations.Deploys;

/// <summary>Something happened on a host.</summary>
/// <param name="Happened">What it was.</param>
public sealed record HostReported(HostEvent Happened) : OperationEvent;
