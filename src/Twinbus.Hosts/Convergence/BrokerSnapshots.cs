using Twinbus.Hosts.Resources;

namespace Twinbus.Hosts.Convergence;

/// <summary>The brokers of a visit, each read once and again only after a change.</summary>
internal sealed class BrokerSnapshots(TimeProvider clock) : IDisposable
{
    private readonly Dictionary<string, Broker> brokers = [];

    public Broker Of(RabbitMqManagement management)
    {
        if (!brokers.TryGetValue(management.Instance, out var broker))
        {
            brokers[management.Instance] = broker = new Broker(management, clock);
        }

        return broker;
    }

    public void Dispose()
    {
        foreach (var broker in brokers.Values)
        {
            broker.Dispose();
        }
    }
}
