using Twinbus.Hosts.Resources;

namespace Twinbus.Hosts.Convergence;

internal sealed class RabbitMqPermissionsConverger : BrokerEntityConverger<RabbitMqPermissionsResource>
{
    protected override Outcome Compare(BrokerDefinitions found, RabbitMqPermissionsResource resource, Broker broker)
    {
        var mine = found.Permissions.Where(p => p.User == resource.User).ToList();
        if (mine.Count == 0 && resource.Grants.Count > 0)
        {
            return Outcome.Create();
        }

        var differences = new List<string>();
        foreach (var grant in resource.Grants)
        {
            var where = resource.Grants.Count > 1 || mine.Count > 1 ? $" in {grant.VirtualHost}" : "";
            if (mine.Find(p => p.Vhost == grant.VirtualHost) is not { } permission)
            {
                differences.Add($"none in {grant.VirtualHost}");
                continue;
            }

            Compare("configure", permission.Configure, grant.Configure);
            Compare("write", permission.Write, grant.Write);
            Compare("read", permission.Read, grant.Read);

            void Compare(string what, string is_, string shall)
            {
                if (is_ != shall)
                {
                    differences.Add($"{what}{where} {is_} -> {shall}");
                }
            }
        }

        differences.AddRange(Surplus(mine, resource).Select(p => $"permission in {p.Vhost} withdrawn"));
        return Outcome.Of(differences);
    }

    protected override async ValueTask<Outcome> ChangeAsync(
        RabbitMqPermissionsResource resource, Outcome found, HostVisit visit, CancellationToken cancellationToken)
    {
        var broker = visit.Brokers.Of(resource.Management);
        var definitions = await broker.OpenAsync(cancellationToken).ConfigureAwait(false);
        var mine = definitions.Permissions.Where(p => p.User == resource.User).ToList();
        foreach (var permission in Surplus(mine, resource))
        {
            await broker.DeleteAsync(Path(permission.Vhost, resource.User), cancellationToken).ConfigureAwait(false);
        }

        foreach (var grant in resource.Grants.Where(g => !mine.Exists(p =>
            (p.Vhost, p.Configure, p.Write, p.Read) == (g.VirtualHost, g.Configure, g.Write, g.Read))))
        {
            await broker.PutAsync(Path(grant.VirtualHost, resource.User), json =>
            {
                json.WriteStartObject();
                json.WriteString("configure", grant.Configure);
                json.WriteString("write", grant.Write);
                json.WriteString("read", grant.Read);
                json.WriteEndObject();
            }, cancellationToken).ConfigureAwait(false);
        }

        return found;
    }

    protected override LedgerEntry Remember(RabbitMqPermissionsResource resource) => new(resource.Kind, resource.Name)
    {
        Instance = resource.Management.Instance,
        Entity = resource.User,
    };

    protected override bool Exists(BrokerDefinitions found, LedgerEntry entry) => found.Permissions.Any(p => p.User == entry.Entity);

    protected override async Task DeleteAsync(Broker broker, LedgerEntry entry, CancellationToken cancellationToken)
    {
        var definitions = await broker.OpenAsync(cancellationToken).ConfigureAwait(false);
        foreach (var permission in definitions.Permissions.Where(p => p.User == entry.Entity))
        {
            await broker.DeleteAsync(Path(permission.Vhost, permission.User), cancellationToken).ConfigureAwait(false);
        }
    }

    private static IEnumerable<BrokerPermission> Surplus(IEnumerable<BrokerPermission> mine, RabbitMqPermissionsResource resource) =>
        mine.Where(p => resource.Grants.All(g => g.VirtualHost != p.Vhost));

    private static string Path(string virtualHost, string user) => $"permissions/{Broker.Segment(virtualHost)}/{Broker.Segment(user)}";
}
