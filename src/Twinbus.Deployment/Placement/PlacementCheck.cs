using System.Collections.Immutable;
using System.Net;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Reading;
using Twinbus.Messaging;

namespace Twinbus.Deployment.Placement;

/// <summary>Places services on hosts: an inventory's groups are roles, and a role names the services of its hosts.</summary>
/// <param name="services">The services.</param>
/// <param name="roles">The roles.</param>
/// <param name="isSound">Whether roles and inventory were read without a problem: what is missing in them is then meant.</param>
/// <param name="problems">Takes what is wrong.</param>
internal sealed class PlacementCheck(ImmutableArray<ServiceDraft> services, ImmutableArray<Role> roles, bool isSound, ProblemList problems)
{
    /// <summary>The placement on <paramref name="inventory"/>; null: on this machine. <paramref name="inventoryFile"/> is for errors.</summary>
    public ServicePlacement Place(Inventory? inventory, string inventoryFile)
    {
        CheckRoles();
        if (inventory is null)
        {
            return ServicePlacement.ThisMachine(services);
        }

        Dictionary<string, int> position = inventory.Hosts.Select((host, index) => (host.Name, index)).ToDictionary(pair => pair.Name, pair => pair.index);
        ImmutableArray<Role> present = [.. roles.Where(role => inventory.Groups.ContainsKey(role.Name))];
        if (present.IsEmpty && isSound)
        {
            problems.Add(
                SourcePlace.Whole(inventoryFile),
                "no group of the inventory is a role",
                $"its groups are {Names(inventory.Groups.Keys)}; the roles are {Names(roles.Select(role => role.Name))}",
                "name a group after a role, or give the roles with -r");
        }

        ImmutableDictionary<string, ImmutableArray<string>> byService = services.ToImmutableDictionary(
            service => service.Name,
            service => (ImmutableArray<string>)
            [
                .. present.Where(role => role.Services.Any(name => name.Text == service.RegistryName))
                    .SelectMany(role => inventory.Groups[role.Name])
                    .Distinct()
                    .OrderBy(host => position[host]),
            ]);
        if (isSound && !present.IsEmpty)
        {
            CheckPlaced(byService);
            CheckNodeNames(byService, inventory);
        }

        HashSet<string> carriers = [.. services.Where(IsDeployed).SelectMany(service => byService[service.Name])];
        return new ServicePlacement([.. inventory.Hosts.Where(host => carriers.Contains(host.Name)).Select(Host)], byService)
        {
            Places = inventory.Hosts.ToImmutableDictionary(host => host.Name, host => host.Place),
        };
    }

    private static bool IsDeployed(ServiceDraft service) => service.Backend is { Capabilities.IsDeployed: true };

    private static DeploymentHost Host(InventoryHost host) => new()
    {
        Name = host.Name,
        Address = host.IsLocal && host.Address == "localhost" ? "127.0.0.1" : host.Address,
        IsLocal = host.IsLocal,
        SshPort = host.Port,
        SshUser = host.User,
        SshKeyFile = host.KeyFile,
        SshArguments = host.SshArguments,
    };

    private void CheckRoles()
    {
        foreach (Role role in roles.Where(role => !role.IsShipped))
        {
            foreach (ScalarNode name in role.Services.Where(name => name.Text.StartsWith(ServiceNames.RegistryPrefix, StringComparison.Ordinal)))
            {
                if (services.All(service => service.RegistryName != name.Text))
                {
                    problems.Add(
                        name.Place,
                        $"the role {role.Name} has {name.Text}, which no environment maps",
                        "its hosts would carry nothing for it",
                        WordSuggestion.Suggest(name.Text, services.Select(service => service.RegistryName), "map it to a service file, or take it out of the role"));
                }
            }
        }
    }

    private void CheckPlaced(ImmutableDictionary<string, ImmutableArray<string>> byService)
    {
        foreach (ServiceDraft service in services.Where(service => IsDeployed(service) && byService[service.Name].IsEmpty))
        {
            Role? named = roles.FirstOrDefault(role => role.Services.Any(name => name.Text == service.RegistryName));
            string why = named is null
                ? $"no role has {service.RegistryName}"
                : $"the inventory has no host in {Names(roles.Where(role => role.Services.Any(name => name.Text == service.RegistryName)).Select(role => role.Name))}";
            problems.Add(service.Place, $"no host carries the {service.Name} service", why, "put hosts into such a group, add the service to a role, or map it elsewhere");
        }
    }

    // A node is called after its host, in lower case, and a cluster's node names all have a domain or none has.
    private void CheckNodeNames(ImmutableDictionary<string, ImmutableArray<string>> byService, Inventory inventory)
    {
        Dictionary<string, InventoryHost> named = inventory.Hosts.ToDictionary(host => host.Name);
        HashSet<string> told = [];
        foreach (InventoryHost[] members in services.Where(IsDeployed).Select(service => byService[service.Name].Select(name => named[name]).ToArray()))
        {
            foreach (IGrouping<string, InventoryHost> same in members.GroupBy(host => host.Name, StringComparer.OrdinalIgnoreCase))
            {
                foreach (InventoryHost host in same.Skip(1).Where(host => told.Add(host.Name)))
                {
                    problems.Add(host.Place, $"the hosts {same.First().Name} and {host.Name} differ in case only", "their brokers would have the same name", "rename one of them");
                }
            }

            if (members.FirstOrDefault(host => HasDomain(host) != HasDomain(members[0])) is { } odd && told.Add(odd.Name))
            {
                (InventoryHost with, InventoryHost without) = HasDomain(odd) ? (odd, members[0]) : (members[0], odd);
                problems.Add(odd.Place, $"{with.Name} has a domain and {without.Name} has none", "brokers with and without one make no cluster", "give all hosts of a cluster one, or none, and the address as ansible_host");
            }

            // Erlang speaks the one or the other with all members.
            InventoryHost[] addressed = [.. members.Where(host => IPAddress.TryParse(host.Address, out _))];
            if (addressed.FirstOrDefault(host => IsIPv6(host) != IsIPv6(addressed[0])) is { } other && told.Add(other.Name))
            {
                problems.Add(other.Place, $"{other.Name} has the address {other.Address} and {addressed[0].Name} has {addressed[0].Address}", "brokers talk to each other over IPv4 or over IPv6, not over both", "give all hosts of a cluster addresses of one kind");
            }
        }
    }

    private static bool HasDomain(InventoryHost host) => host.Name.Contains('.', StringComparison.Ordinal);

    private static bool IsIPv6(InventoryHost host) => host.Address.Contains(':', StringComparison.Ordinal);

    private static string Names(IEnumerable<string> names)
    {
        const int Most = 8;
        string[] all = [.. names];
        return all.Length == 0 ? "none" : string.Join(", ", all.Take(Most)) + (all.Length > Most ? $" and {all.Length - Most} more" : "");
    }
}
