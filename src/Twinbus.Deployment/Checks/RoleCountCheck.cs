using System.Collections.Immutable;
using System.Globalization;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Reading;

namespace Twinbus.Deployment.Checks;

/// <summary>
/// Compares how many hosts a role shall have with those of the inventory. What an environment says (<c>ControllerCount</c>) is
/// an operator's word and must agree; a role's <c>CountDefault</c> is a default, and the inventory is asked before it.
/// </summary>
internal sealed class RoleCountCheck(MergedEnvironment environment, ImmutableArray<Role> roles, ImmutableArray<ServiceDraft> services, ProblemList problems)
{
    /// <summary>Adds what contradicts <paramref name="inventory"/>, and returns the parameters that were compared with it.</summary>
    public ImmutableHashSet<string> Check(Inventory inventory)
    {
        HashSet<string> ours = [.. services.Where(service => service.Backend is { Capabilities.IsDeployed: true }).Select(service => service.RegistryName)];
        ImmutableHashSet<string>.Builder compared = ImmutableHashSet.CreateBuilder<string>();
        foreach (Role role in roles.Where(role => role.Services.Any(name => ours.Contains(name.Text))))
        {
            // A role that came with Twinbus and is no group here is another cloud's way of naming things.
            bool isGroup = inventory.Groups.TryGetValue(role.Name, out ImmutableHashSet<string>? hosts);
            if (!isGroup && role.IsShipped)
            {
                continue;
            }

            int present = hosts?.Count ?? 0;
            if (environment.Parameters.GetValueOrDefault($"{role.Name}Count") is { } given)
            {
                compared.Add(given.Key.Text);
                Compare(given, role, present);
            }
            else if (!role.IsShipped && role.CountDefault is { } count && Number(count) is { } wanted && wanted != present)
            {
                problems.Notice(
                    count.Place,
                    $"CountDefault of {role.Name} is {wanted}, and the inventory has {Hosts(present)} in it",
                    "the inventory says where brokers are, and a default gives way to it",
                    "");
            }
        }

        return compared.ToImmutable();
    }

    private void Compare(MappingEntry given, Role role, int present)
    {
        if (given.Value is not ScalarNode scalar || Number(scalar) is not { } wanted)
        {
            problems.Add(given.Value.Place, $"{given.Key.Text} is no whole number", "it counts hosts", "write a number, 0 or more, or leave it out");
        }
        else if (wanted != present)
        {
            problems.Add(
                given.Value.Place,
                $"{given.Key.Text} is {wanted}, and the inventory has {Hosts(present)} in {role.Name}",
                "a cluster that lacks members, or has more than were meant, would be deployed",
                $"make the two agree, or leave out {given.Key.Text}");
        }
    }

    private static int? Number(ScalarNode node) =>
        int.TryParse(node.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    private static string Hosts(int count) => count == 1 ? "1 host" : $"{count} hosts";
}
