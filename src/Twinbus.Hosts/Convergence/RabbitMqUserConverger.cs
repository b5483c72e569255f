using System.Security.Cryptography;
using Twinbus.Hosts.Resources;

namespace Twinbus.Hosts.Convergence;

internal sealed class RabbitMqUserConverger : BrokerEntityConverger<RabbitMqUserResource>
{
    private const string Repaired = "made anew: it was gone, had another password or was no administrator";

    protected override Outcome Compare(BrokerDefinitions found, RabbitMqUserResource resource, Broker broker)
    {
        var user = found.Users.FirstOrDefault(u => u.Name == resource.User);
        if (resource.Absent)
        {
            return user is null ? Outcome.AsItShallBe : Outcome.Delete();
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

        if (!BrokerPassword.Matches(resource.Password!, user.PasswordHash, user.HashingAlgorithm))
        {
            differences.Add("password differs");
        }

        if (!user.TagList.ToHashSet().SetEquals(resource.Tags))
        {
            differences.Add($"tags {Text(user.TagList)} -> {Text(resource.Tags)}");
        }

        return Outcome.Of(differences);
    }

    protected override Outcome WhenUnreadable(RabbitMqUserResource resource, Broker broker) =>
        IsAdministrator(resource) && broker.LastAccess == BrokerAccess.Refused
            ? Outcome.Change(Repaired)
            : base.WhenUnreadable(resource, broker);

    protected override async ValueTask<Outcome> ChangeAsync(
        RabbitMqUserResource resource, Outcome found, HostVisit visit, CancellationToken cancellationToken)
    {
        var broker = visit.Brokers.Of(resource.Management);
        if (resource.Absent)
        {
            await broker.DeleteAsync(Path(resource.User), cancellationToken).ConfigureAwait(false);
            return found;
        }

        var hash = BrokerPassword.Hash(resource.Password!, RandomNumberGenerator.GetBytes(4));
        await broker.PutAsync(Path(resource.User), json =>
        {
            json.WriteStartObject();
            json.WriteString("password_hash", hash);
            json.WriteString("hashing_algorithm", "rabbit_password_hashing_sha256");
            json.WriteString("tags", string.Join(',', resource.Tags));
            json.WriteEndObject();
        }, cancellationToken).ConfigureAwait(false);
        return found;
    }

    protected override LedgerEntry? Remember(RabbitMqUserResource resource) => resource.Absent
        ? null
        : new(resource.Kind, resource.Name) { Instance = resource.Management.Instance, Entity = resource.User };

    protected override bool Exists(BrokerDefinitions found, LedgerEntry entry) => found.Users.Any(u => u.Name == entry.Entity);

    protected override Task DeleteAsync(Broker broker, LedgerEntry entry, CancellationToken cancellationToken) =>
        broker.DeleteAsync(Path(entry.Entity!), cancellationToken);

    private static bool IsAdministrator(RabbitMqUserResource resource) => resource.User == resource.Management.UserName;

    private static string Path(string user) => "users/" + Broker.Segment(user);

    private static string Text(IReadOnlyList<string> tags) => tags.Count == 0 ? "none" : string.Join(",", tags.Order(StringComparer.Ordinal));
}
