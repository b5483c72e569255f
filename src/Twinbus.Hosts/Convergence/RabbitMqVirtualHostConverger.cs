using Twinbus.Hosts.Resources;

namespace Twinbus.Hosts.Convergence;

internal sealed class RabbitMqVirtualHostConverger : BrokerEntityConverger<RabbitMqVirtualHostResource>
{
    protected override Outcome Compare(BrokerDefinitions found, RabbitMqVirtualHostResource resource, Broker broker) =>
        found.Vhosts.Any(v => v.Name == resource.VirtualHost) ? Outcome.AsItShallBe : Outcome.Create();

    protected override async ValueTask<Outcome> ChangeAsync(
        RabbitMqVirtualHostResource resource, Outcome found, HostVisit visit, CancellationToken cancellationToken)
    {
        var broker = visit.Brokers.Of(resource.Management);
        await broker.PutAsync(Path(resource.VirtualHost), json =>
        {
            json.WriteStartObject();
            json.WriteEndObject();
        }, cancellationToken).ConfigureAwait(false);

        // The broker gives whoever makes a virtual host all rights in it; our administrator needs none there.
        await broker.DeleteAsync(
            $"permissions/{Broker.Segment(resource.VirtualHost)}/{Broker.Segment(resource.Management.UserName)}", cancellationToken)
            .ConfigureAwait(false);
        return found;
    }

    protected override LedgerEntry Remember(RabbitMqVirtualHostResource resource) => new(resource.Kind, resource.Name)
    {
        Instance = resource.Management.Instance,
        VirtualHost = resource.VirtualHost,
    };

    protected override bool Exists(BrokerDefinitions found, LedgerEntry entry) => found.Vhosts.Any(v => v.Name == entry.VirtualHost);

    protected override Task DeleteAsync(Broker broker, LedgerEntry entry, CancellationToken cancellationToken) =>
        broker.DeleteAsync(Path(entry.VirtualHost!), cancellationToken);

    private static string Path(string virtualHost) => "vhosts/" + Broker.Segment(virtualHost);
}
