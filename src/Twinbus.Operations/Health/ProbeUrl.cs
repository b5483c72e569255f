using System.Collections.Frozen;
using Twinbus.Messaging;

namespace Twinbus.Operations.Health;

/// <summary>Makes what a probe declares go away with the probe.</summary>
internal static class ProbeUrl
{
    // By driver. The exchange is the probe's own, so these cannot contradict what a cloud's services declared.
    private static readonly FrozenDictionary<string, (string Name, string Value)[]> Options = new Dictionary<string, (string, string)[]>
    {
        ["rabbit"] = [("amqp_auto_delete", "true"), ("rabbit_transient_queues_ttl", "60")],
    }.ToFrozenDictionary();

    public static TransportUrl Of(TransportUrl url)
    {
        var query = url.Query;
        foreach ((string name, string value) in Options.GetValueOrDefault(url.Driver, []))
        {
            query = query.SetItem(name, value);
        }

        return new TransportUrl(url.Scheme, url.Hosts, url.VirtualHost, query);
    }
}
