using Twinbus.Hosts.Converging;
using Twinbus.Hosts.RabbitMq.Management;

namespace Twinbus.Hosts.RabbitMq.Permissions;

internal sealed class RabbitMqPermissionsConverger : BrokerEntityConverger<RabbitMqPermissionsResource>
{
    protected override Outcome Compare(Definitions found, RabbitMqPermissionsResource resource, ManagementApi broker)
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

            void Compare(string what, string found, string wanted)
            {
                if (found != wanted)
                {
                    differences.Add($"{what}{where} {found} -> {wanted}");
                }
            }
        }

        differences.AddRange(Surplus(mine, resource).Select(p => $"permission in {p.Vhost} withdrawn"));
        return Outcome.Of(differences);
    }

    protected override async ValueTask<Outcome> ChangeAsync(
        RabbitMqPermissionsResource resource, Outcome found, ConvergenceContext context, CancellationToken cancellationToken)
    {
        var broker = ManagementApis.Of(context).Of(resource.Management);
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

    protected override LedgerEntry Remember(RabbitMqPermissionsResource resource) => EntryOf(resource).With(Entity, resource.User);

    protected override bool Exists(Definitions found, LedgerEntry entry) => found.Permissions.Any(p => p.User == entry[Entity]);

    protected override async Task DeleteAsync(ManagementApi broker, LedgerEntry entry, CancellationToken cancellationToken)
    {
        var definitions = await broker.OpenAsync(cancellationToken).ConfigureAwait(false);
        foreach (var permission in definitions.Permissions.Where(p => p.User == entry[Entity]))
        {
            await broker.DeleteAsync(Path(permission.Vhost, permission.User), cancellationToken).ConfigureAwait(false);
        }
    }

    private static IEnumerable<DefinedPermission> Surplus(IEnumerable<DefinedPermission> mine, RabbitMqPermissionsResource resource) =>
        mine.Where(p => resource.Grants.All(g => g.VirtualHost != p.Vhost));

    private static string Path(string virtualHost, string user) => $"permissions/{ManagementApi.Segment(virtualHost)}/{ManagementApi.Segment(user)}";
}
