using Twinbus.Hosts.Running;

namespace Twinbus.Operations.Deploys;

/// <summary>Passes on what happens on hosts as events of an operation.</summary>
internal sealed class HostProgress(IProgress<OperationEvent> operation) : IProgress<HostEvent>
{
    public void Report(HostEvent value) => operation.Report(new HostReported(value));
}
