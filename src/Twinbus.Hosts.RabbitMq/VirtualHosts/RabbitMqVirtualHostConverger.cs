using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.RabbitMq.Management;

namespace Twinbus.Hosts.RabbitMq.VirtualHosts;

internal sealed class RabbitMqVirtualHostConverger : BrokerEntityConverger<RabbitMqVirtualHostResource>
{
    protected override Outcome Compare(Definitions found, RabbitMqVirtualHostResource resource, ManagementApi broker) =>
        !found.Vhosts.Any(v => v.Name == resource.VirtualHost) ? Outcome.Create()
        : found.Permissions.Any(p => p.Vhost == resource.VirtualHost && p.User == resource.Management.UserName)
            ? Outcome.Change("the administrator's rights in it withdrawn")
            : Outcome.UpToDate;

    protected override async ValueTask<Outcome> ReadAsync(
        RabbitMqVirtualHostResource resource, ConvergenceContext context, CancellationToken cancellationToken)
    {
        var outcome = await base.ReadAsync(resource, context, cancellationToken).ConfigureAwait(false);
        if (outcome.Action == ResourceAction.Create)
        {
            return outcome;
        }

        var stopped = await StoppedAsync(resource, context, cancellationToken).ConfigureAwait(false);
        return stopped.Count == 0
            ? outcome
            : Outcome.Of([$"started on {string.Join(" and ", stopped)}, where it was down", .. outcome.IsPending ? (string[])[outcome.Detail] : []]);
    }

    protected override async ValueTask<Outcome> ChangeAsync(
        RabbitMqVirtualHostResource resource, Outcome found, ConvergenceContext context, CancellationToken cancellationToken)
    {
        var broker = ManagementApis.Of(context).Of(resource.Management);
        if (found.Action == ResourceAction.Change)
        {
            foreach (var node in await StoppedAsync(resource, context, cancellationToken).ConfigureAwait(false))
            {
                await broker.PostAsync($"{Path(resource.VirtualHost)}/start/{ManagementApi.Segment(node)}", cancellationToken).ConfigureAwait(false);
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
            $"permissions/{ManagementApi.Segment(resource.VirtualHost)}/{ManagementApi.Segment(resource.Management.UserName)}", cancellationToken)
            .ConfigureAwait(false);
        return found;
    }

    protected override LedgerEntry Remember(RabbitMqVirtualHostResource resource) => EntryOf(resource).With(VirtualHost, resource.VirtualHost);

    protected override bool Exists(Definitions found, LedgerEntry entry) => found.Vhosts.Any(v => v.Name == entry[VirtualHost]);

    protected override Task DeleteAsync(ManagementApi broker, LedgerEntry entry, CancellationToken cancellationToken) =>
        broker.DeleteAsync(Path(entry[VirtualHost]!), cancellationToken);

    // A broker that was stopped while it made one, or whose message store of it broke, has it in its definitions all the same.
    private static async ValueTask<IReadOnlyList<string>> StoppedAsync(
        RabbitMqVirtualHostResource resource, ConvergenceContext context, CancellationToken cancellationToken)
    {
        var state = await ManagementApis.Of(context).Of(resource.Management)
            .FindAsync(Path(resource.VirtualHost), ManagementJson.Default.VirtualHostState, cancellationToken).ConfigureAwait(false);
        return [.. (state?.ClusterState ?? new Dictionary<string, string>()).Where(node => node.Value == "stopped").Select(node => node.Key).Order(StringComparer.Ordinal)];
    }

    private static string Path(string virtualHost) => "vhosts/" + ManagementApi.Segment(virtualHost);
}
