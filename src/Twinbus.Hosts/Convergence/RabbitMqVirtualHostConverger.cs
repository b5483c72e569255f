using Twinbus.Hosts.Resources;
using Twinbus.Hosts.Running;

namespace Twinbus.Hosts.Convergence;

internal sealed class RabbitMqVirtualHostConverger : BrokerEntityConverger<RabbitMqVirtualHostResource>
{
    protected override Outcome Compare(BrokerDefinitions found, RabbitMqVirtualHostResource resource, Broker broker) =>
        !found.Vhosts.Any(v => v.Name == resource.VirtualHost) ? Outcome.Create()
        : found.Permissions.Any(p => p.Vhost == resource.VirtualHost && p.User == resource.Management.UserName)
            ? Outcome.Change("the administrator's rights in it withdrawn")
            : Outcome.AsItShallBe;

    protected override async ValueTask<Outcome> ReadAsync(
        RabbitMqVirtualHostResource resource, HostVisit visit, CancellationToken cancellationToken)
    {
        var outcome = await base.ReadAsync(resource, visit, cancellationToken).ConfigureAwait(false);
        if (outcome.Action == ResourceAction.Create)
        {
            return outcome;
        }

        var stopped = await StoppedAsync(resource, visit, cancellationToken).ConfigureAwait(false);
        return stopped.Count == 0
            ? outcome
            : Outcome.Of([$"started on {string.Join(" and ", stopped)}, where it was down", .. outcome.IsPending ? (string[])[outcome.Detail] : []]);
    }

    protected override async ValueTask<Outcome> ChangeAsync(
        RabbitMqVirtualHostResource resource, Outcome found, HostVisit visit, CancellationToken cancellationToken)
    {
        var broker = visit.Brokers.Of(resource.Management);
        if (found.Action == ResourceAction.Change)
        {
            foreach (var node in await StoppedAsync(resource, visit, cancellationToken).ConfigureAwait(false))
            {
                await broker.PostAsync($"{Path(resource.VirtualHost)}/start/{Broker.Segment(node)}", cancellationToken).ConfigureAwait(false);
            }
        }
        else
        {
            await broker.PutAsync(Path(resource.VirtualHost), json =>
            {
                json.WriteStartObject();
                json.WriteEndObject();
            }, cancellationToken).ConfigureAwait(false);
        }

        // The broker gives whoever makes a virtual host all rights in it; our administrator needs none there. A run that
        // was killed between the two left it them.
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

    // A broker that was stopped while it made one, or whose message store of it broke, has it in its definitions all the same.
    private static async ValueTask<IReadOnlyList<string>> StoppedAsync(
        RabbitMqVirtualHostResource resource, HostVisit visit, CancellationToken cancellationToken)
    {
        var state = await visit.Brokers.Of(resource.Management)
            .FindAsync(Path(resource.VirtualHost), BrokerJson.Default.BrokerVirtualHostState, cancellationToken).ConfigureAwait(false);
        return [.. (state?.ClusterState ?? new Dictionary<string, string>()).Where(node => node.Value == "stopped").Select(node => node.Key).Order(StringComparer.Ordinal)];
    }

    private static string Path(string virtualHost) => "vhosts/" + Broker.Segment(virtualHost);
}
