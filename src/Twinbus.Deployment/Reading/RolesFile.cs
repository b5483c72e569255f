using System.Collections.Immutable;
using Twinbus.Messaging;

namespace Twinbus.Deployment.Reading;

/// <summary>A role: what its hosts carry.</summary>
/// <param name="Name">Its name, which is also that of the inventory's group.</param>
/// <param name="Place">Where it stands.</param>
/// <param name="Services">Names in the registry, such as <c>OS::TripleO::Services::OsloMessagingRpc</c>, those of other services too.</param>
internal sealed record Role(string Name, SourcePlace Place, ImmutableArray<ScalarNode> Services)
{
    /// <summary>Whether it came with Twinbus, and so names services that an environment may leave out.</summary>
    public bool IsShipped { get; init; }

    /// <summary>How many hosts it has when nobody says; null when it does not say either.</summary>
    public ScalarNode? CountDefault { get; init; }
}

/// <summary>A roles file in the form of TripleO's roles_data; of a role, only the name and the services matter here.</summary>
internal static class RolesFile
{
    public static ImmutableArray<Role> Parse(string file, string text, ProblemList problems)
    {
        TemplateNode? root = TemplateReader.Read(file, text, problems);
        if (root is not SequenceNode list)
        {
            if (root is not null || problems.IsEmpty)
            {
                problems.Add(root?.Place ?? SourcePlace.Whole(file), $"the roles file is {root?.Form ?? "empty"}", "it is a list of roles", "write - name: NAME for each role");
            }

            return [];
        }

        ImmutableArray<Role>.Builder roles = ImmutableArray.CreateBuilder<Role>();
        foreach (TemplateNode item in list.Items)
        {
            if (Parse(item, problems) is not { } role)
            {
                continue;
            }

            if (roles.FirstOrDefault(other => other.Name == role.Name) is { } first)
            {
                problems.Add(role.Place, $"the role {role.Name} is given twice", $"it stands on line {first.Place.Line} already", "keep one of the two");
            }
            else
            {
                roles.Add(role);
            }
        }

        return roles.ToImmutable();
    }

    private static Role? Parse(TemplateNode item, ProblemList problems)
    {
        if (item is not MappingNode mapping)
        {
            problems.Add(item.Place, $"a role that is {item.Form}", "a role is a mapping", "write - name: NAME, and ServicesDefault: below it");
            return null;
        }

        if (mapping.Find("name") is not ScalarNode { IsNull: false } name)
        {
            TemplateNode? wrong = mapping.Find("name");
            problems.Add(wrong?.Place ?? mapping.Place, "a role without a name", "its hosts are found by it", "add name: NAME");
            return null;
        }

        if (mapping.Find("CountDefault") is { } count && (count is not ScalarNode number || !uint.TryParse(number.Text, out _)))
        {
            problems.Add(count.Place, $"CountDefault of {name.Text} is no whole number", "it counts hosts", "write a number, 0 or more");
        }

        return new Role(name.Text, name.Place, Services(mapping, name.Text, problems)) { CountDefault = mapping.Find("CountDefault") as ScalarNode };
    }

    private static ImmutableArray<ScalarNode> Services(MappingNode role, string name, ProblemList problems)
    {
        TemplateNode? services = role.Find("ServicesDefault");
        if (services is null or ScalarNode { IsNull: true })
        {
            MappingEntry? slip = role.Entries.FirstOrDefault(entry => WordSuggestion.Of(entry.Key.Text, ["ServicesDefault"]) is not null);
            if (slip is not null && slip.Key.Text != "ServicesDefault")
            {
                problems.Add(slip.Key.Place, $"unknown key {slip.Key.Text} of {name}", "without ServicesDefault the role carries nothing", "did you mean ServicesDefault?");
            }

            return [];
        }

        if (services is not SequenceNode list)
        {
            problems.Add(services.Place, $"ServicesDefault of {name} is {services.Form}", "it is a list of services", "write - OS::TripleO::Services::NAME for each");
            return [];
        }

        foreach (TemplateNode wrong in list.Items.Where(service => service is not ScalarNode { IsNull: false }))
        {
            problems.Add(wrong.Place, $"a service of {name} that is {wrong.Form}", "a service is a name", "write - OS::TripleO::Services::NAME");
        }

        return [.. list.Items.OfType<ScalarNode>().Where(service => !service.IsNull)];
    }
}
