using System.Security.Cryptography;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.RabbitMq.Management;

namespace Twinbus.Hosts.RabbitMq.Users;

internal sealed class RabbitMqUserConverger : BrokerEntityConverger<RabbitMqUserResource>
{
    private const string Repaired = "made anew: it was gone, had another password or was no administrator";

    protected override Outcome Compare(Definitions found, RabbitMqUserResource resource, ManagementApi broker)
    {
        var user = found.Users.FirstOrDefault(u => u.Name == resource.User);
        if (resource.Absent)
        {
            return user is null ? Outcome.UpToDate : Outcome.Delete();
        }

        if (user is null)
        {
            return Outcome.Create();
        }

        var differences = new List<string>();
        if (broker.AdministratorRepaired && IsAdministrator(resource))
        {
            differences.Add(Repaired);
        }

        if (!PasswordHash.Matches(resource.Password!, user.PasswordHash, user.HashingAlgorithm))
        {
            differences.Add("password differs");
        }

        if (!user.TagList.ToHashSet().SetEquals(resource.Tags))
        {
            differences.Add($"tags {Text(user.TagList)} -> {Text(resource.Tags)}");
        }

        return Outcome.Of(differences);
    }

    protected override Outcome WhenUnreadable(RabbitMqUserResource resource, ManagementApi broker) =>
        IsAdministrator(resource) && broker.LastAccess == ManagementAccess.Refused
            ? Outcome.Change(Repaired)
            : base.WhenUnreadable(resource, broker);

    protected override async ValueTask<Outcome> ChangeAsync(
        RabbitMqUserResource resource, Outcome found, ConvergenceContext context, CancellationToken cancellationToken)
    {
        var broker = ManagementApis.Of(context).Of(resource.Management);
        if (resource.Absent)
        {
            await broker.DeleteAsync(Path(resource.User), cancellationToken).ConfigureAwait(false);
            return found;
        }

        var hash = PasswordHash.Of(resource.Password!, RandomNumberGenerator.GetBytes(4));
        await broker.PutAsync(Path(resource.User), json =>
        {
            json.WriteStartObject();
            json.WriteString("password_hash", hash);
            json.WriteString("hashing_algorithm", PasswordHash.Algorithm);
            json.WriteString("tags", string.Join(',', resource.Tags));
            json.WriteEndObject();
        }, cancellationToken).ConfigureAwait(false);
        return found;
    }

    protected override LedgerEntry? Remember(RabbitMqUserResource resource) => resource.Absent
        ? null
        : EntryOf(resource).With(Entity, resource.User);

    protected override bool Exists(Definitions found, LedgerEntry entry) => found.Users.Any(u => u.Name == entry[Entity]);

    protected override Task DeleteAsync(ManagementApi broker, LedgerEntry entry, CancellationToken cancellationToken) =>
        broker.DeleteAsync(Path(entry[Entity]!), cancellationToken);

    private static bool IsAdministrator(RabbitMqUserResource resource) => resource.User == resource.Management.UserName;

    private static string Path(string user) => "users/" + ManagementApi.Segment(user);

    private static string Text(IReadOnlyList<string> tags) => tags.Count == 0 ? "none" : string.Join(",", tags.Order(StringComparer.Ordinal));
}
