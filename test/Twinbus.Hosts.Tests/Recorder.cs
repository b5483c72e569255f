using Twinbus.Hosts.Converging;

namespace Twinbus.Hosts.Tests;

/// <summary>Keeps the events of a run.</summary>
internal sealed class Recorder(List<HostEvent> events) : IProgress<HostEvent>
{
    public void Report(HostEvent value) => events.Add(value);
}
