using System.Text.Json;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.RabbitMq.Management;

namespace Twinbus.Hosts.RabbitMq.Policies;

internal sealed class RabbitMqPolicyConverger : BrokerEntityConverger<RabbitMqPolicyResource>
{
    protected override Outcome Compare(Definitions found, RabbitMqPolicyResource resource, ManagementApi broker)
    {
        if (found.Policies.FirstOrDefault(p => p.Vhost == resource.VirtualHost && p.Name == resource.Policy) is not { } policy)
        {
            return Outcome.Create();
        }

        var differences = new List<string>();
        Compare("pattern", policy.Pattern, resource.Pattern);
        Compare("applies to", policy.ApplyTo, resource.AppliesTo);
        Compare("priority", $"{policy.Priority}", $"{resource.Priority}");
        var keys = policy.Definition.EnumerateObject().Select(p => p.Name).Union(resource.Definition.Keys).Order(StringComparer.Ordinal);
        foreach (var key in keys)
        {
            var has = policy.Definition.TryGetProperty(key, out var value);
            var wanted = resource.Definition.GetValueOrDefault(key);
            if (!has || wanted is null || !JsonElement.DeepEquals(value, Parse(wanted)))
            {
                differences.Add($"{key} {(has ? value.GetRawText() : "none")} -> {wanted ?? "none"}");
            }
        }

        return Outcome.Of(differences);

        void Compare(string what, string found, string wanted)
        {
            if (found != wanted)
            {
                differences.Add($"{what} {found} -> {wanted}");
            }
        }
    }

    protected override async ValueTask<Outcome> ChangeAsync(
        RabbitMqPolicyResource resource, Outcome found, ConvergenceContext context, CancellationToken cancellationToken)
    {
        await ManagementApis.Of(context).Of(resource.Management).PutAsync(Path(resource.VirtualHost, resource.Policy), json =>
        {
            json.WriteStartObject();
            json.WriteString("pattern", resource.Pattern);
            json.WriteString("apply-to", resource.AppliesTo);
            json.WriteNumber("priority", resource.Priority);
            json.WriteStartObject("definition");
            foreach (var (key, value) in resource.Definition.OrderBy(d => d.Key, StringComparer.Ordinal))
            {
                json.WritePropertyName(key);
                json.WriteRawValue(value);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }, cancellationToken).ConfigureAwait(false);
        return found;
    }

    protected override LedgerEntry Remember(RabbitMqPolicyResource resource) =>
        EntryOf(resource).With(VirtualHost, resource.VirtualHost).With(Entity, resource.Policy);

    protected override bool Exists(Definitions found, LedgerEntry entry) =>
        found.Policies.Any(p => p.Vhost == entry[VirtualHost] && p.Name == entry[Entity]);

    protected override Task DeleteAsync(ManagementApi broker, LedgerEntry entry, CancellationToken cancellationToken) =>
        broker.DeleteAsync(Path(entry[VirtualHost]!, entry[Entity]!), cancellationToken);

    private static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    private static string Path(string virtualHost, string policy) => $"policies/{ManagementApi.Segment(virtualHost)}/{ManagementApi.Segment(policy)}";
}
