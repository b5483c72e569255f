using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Twinbus.Messaging;

namespace Twinbus.Deployment.Reading;

/// <summary>A host of the inventory and how it is reached; null where the inventory leaves it to the SSH client.</summary>
internal sealed record InventoryHost
{
    public required string Name { get; init; }

    public required SourcePlace Place { get; init; }

    public required string Address { get; init; }

    public bool IsLocal { get; init; }

    public int? Port { get; init; }

    public string? User { get; init; }

    public string? KeyFile { get; init; }

    public string? SshArguments { get; init; }
}

/// <summary>An inventory: its hosts in the order of their first mention, and its groups with all that are in them.</summary>
internal sealed record Inventory(ImmutableArray<InventoryHost> Hosts, ImmutableSortedDictionary<string, ImmutableHashSet<string>> Groups);

/// <summary>Reads an inventory in Ansible's YAML form: groups with hosts, children and vars.</summary>
internal sealed partial class InventoryFile
{
    private const int MostHosts = 100_000;

    private static readonly string[] GroupKeys = ["hosts", "children", "vars"];

    // What is read of a host's variables, by the names that Ansible has had for each.
    private static readonly string[] Address = ["ansible_host", "ansible_ssh_host"];
    private static readonly string[] Port = ["ansible_port", "ansible_ssh_port"];
    private static readonly string[] User = ["ansible_user", "ansible_ssh_user"];
    private static readonly string[] KeyFile = ["ansible_ssh_private_key_file", "ansible_private_key_file"];
    private static readonly string[] Connection = ["ansible_connection"];

    // All that are given are handed on, in the order in which Ansible does.
    private static readonly string[] Arguments = ["ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args"];
    private static readonly string[] Read = [.. Address, .. Port, .. User, .. KeyFile, .. Connection, .. Arguments];

    // What Ansible calls SSH, and has had for it.
    private static readonly string[] OverSsh = ["ssh", "smart", "paramiko", "paramiko_ssh", "ansible.builtin.ssh"];
    private static readonly string[] OnThisMachine = ["local", "ansible.builtin.local"];

    private readonly ProblemList problems;
    private readonly Dictionary<string, ScalarNode> hosts = [];
    private readonly List<string> order = [];
    private readonly Dictionary<string, Group> groups = [];

    private InventoryFile(ProblemList problems) => this.problems = problems;

    public static Inventory Parse(string file, string text, ProblemList problems)
    {
        TemplateNode? root = TemplateReader.Read(file, text, problems, isInventory: true);
        InventoryFile inventory = new(problems);
        if (root is MappingNode mapping)
        {
            foreach (MappingEntry entry in mapping.Entries)
            {
                inventory.AddGroup(entry.Key, entry.Value);
            }
        }
        else if (root is not null || problems.IsEmpty)
        {
            problems.Add(root?.Place ?? SourcePlace.Whole(file), $"the inventory is {root?.Form ?? "empty"}", "it is a mapping of groups", "write GROUP: and below it hosts: with one NAME: a line");
        }

        return inventory.Build();
    }

    private Group AddGroup(ScalarNode name, TemplateNode body)
    {
        if (!groups.TryGetValue(name.Text, out Group? group))
        {
            groups[name.Text] = group = new Group(name);
        }

        if (body is ScalarNode { IsNull: true })
        {
            return group;
        }

        if (body is not MappingNode mapping)
        {
            problems.Add(body.Place, $"the group {name.Text} is {body.Form}", "a group has hosts, children or vars", "write hosts: below it");
            return group;
        }

        foreach (MappingEntry entry in mapping.Entries)
        {
            switch (entry.Key.Text)
            {
                case "hosts":
                    AddHosts(group, entry.Value);
                    break;
                case "children":
                    AddChildren(group, entry.Value);
                    break;
                case "vars":
                    AddVariables(group.Variables, entry.Value, name.Text);
                    break;
                default:
                    problems.Add(entry.Key.Place, $"unknown key {entry.Key.Text} of the group {name.Text}", $"a group has {string.Join(", ", GroupKeys)}", WordSuggestion.Suggest(entry.Key.Text, GroupKeys, "a further group stands below children"));
                    break;
            }
        }

        return group;
    }

    private void AddChildren(Group group, TemplateNode node)
    {
        if (node is not MappingNode children)
        {
            Wrong(node, $"children of {group.Name.Text}", "GROUP:");
            return;
        }

        foreach (MappingEntry entry in children.Entries)
        {
            group.Children.Add(AddGroup(entry.Key, entry.Value));
        }
    }

    private void AddHosts(Group group, TemplateNode node)
    {
        if (node is not MappingNode members)
        {
            Wrong(node, $"hosts of {group.Name.Text}", "NAME:");
            return;
        }

        foreach (MappingEntry entry in members.Entries)
        {
            string[] names = [.. HostRange.Expand(entry.Key, problems).Take(MostHosts + 1)];
            if (names.Length > MostHosts)
            {
                problems.Add(entry.Key.Place, $"the range {entry.Key.Text}", $"at most {MostHosts} hosts are read", "mend the range");
                continue;
            }

            foreach (string name in names)
            {
                AddHost(group, name, entry);
            }
        }
    }

    private void AddHost(Group group, string name, MappingEntry entry)
    {
        if (!HostName().IsMatch(name))
        {
            problems.Add(entry.Key.Place, $"'{name}' is no name of a host", "a host's name has letters, digits, dots, - and _", "mend the name");
            return;
        }

        if (hosts.TryAdd(name, entry.Key))
        {
            order.Add(name);
        }

        if (!group.Hosts.TryGetValue(name, out Dictionary<string, ScalarNode>? variables))
        {
            group.Hosts[name] = variables = [];
        }

        AddVariables(variables, entry.Value, name);
    }

    private void AddVariables(Dictionary<string, ScalarNode> variables, TemplateNode node, string owner)
    {
        if (node is ScalarNode { IsNull: true })
        {
            return;
        }

        if (node is not MappingNode mapping)
        {
            problems.Add(node.Place, $"the variables of {owner} are {node.Form}", "they are a mapping", "write NAME: VALUE, indented");
            return;
        }

        foreach (MappingEntry entry in mapping.Entries)
        {
            if (!Read.Contains(entry.Key.Text))
            {
                CheckSlip(entry.Key);
            }
            else if (entry.Value is not ScalarNode { IsNull: false } value)
            {
                problems.Add(entry.Value.Place, $"{entry.Key.Text} of {owner} is {entry.Value.Form}", "it is one value", "write it behind the colon");
            }
            else if (value.IsVaulted)
            {
                problems.Add(value.Place, $"{entry.Key.Text} of {owner} is encrypted with Ansible Vault", "Twinbus does not decrypt it", "write the value out, or leave it to the SSH client's configuration");
            }
            else if (value.Text.Contains("{{", StringComparison.Ordinal))
            {
                problems.Add(value.Place, $"{entry.Key.Text} of {owner} is a template", "Twinbus does not run Ansible's templates", "write the value out");
            }
            else
            {
                variables[entry.Key.Text] = value;
            }
        }
    }

    // Ansible ignores a variable that it does not know; one that is nearly ours would send us to the wrong host.
    private void CheckSlip(ScalarNode key)
    {
        if (key.Text.StartsWith("ansible", StringComparison.OrdinalIgnoreCase) && WordSuggestion.Of(key.Text, Read) is { } nearest && key.Text.Length <= nearest.Length + 1)
        {
            problems.Add(key.Place, $"unknown variable {key.Text}", "it is nearly the name of one that says how a host is reached", $"did you mean {nearest}?");
        }
    }

    private Inventory Build()
    {
        RefuseCircles();
        Dictionary<string, Dictionary<string, ScalarNode>> variables = order.ToDictionary(name => name, _ => new Dictionary<string, ScalarNode>());
        HashSet<Group> children = [.. groups.Values.SelectMany(group => group.Children)];
        foreach (Group top in groups.Values.Where(group => !children.Contains(group)).OrderBy(group => group.Name.Text == "all" ? 0 : 1))
        {
            Inherit(top, [], variables);
        }

        foreach ((string host, Dictionary<string, ScalarNode> own) in groups.Values.SelectMany(group => group.Hosts))
        {
            Override(variables[host], own);
        }

        return new Inventory(
            [.. order.Select(name => Host(name, variables[name]))],
            groups.ToImmutableSortedDictionary(group => group.Key, group => Members(group.Value, []).ToImmutableHashSet(), StringComparer.Ordinal));
    }

    private void RefuseCircles()
    {
        foreach (Group group in groups.Values.Where(group => group.Children.Any(child => Below(child, []).Contains(group))))
        {
            problems.Add(group.Name.Place, $"the group {group.Name.Text} is below itself", "its children lead back to it", "take it out of one of them");
        }
    }

    private static HashSet<Group> Below(Group group, HashSet<Group> seen)
    {
        if (seen.Add(group))
        {
            group.Children.ForEach(child => Below(child, seen));
        }

        return seen;
    }

    // A group's variables hold for all below it, and those of a group further down win.
    private static void Inherit(Group group, HashSet<Group> above, Dictionary<string, Dictionary<string, ScalarNode>> variables)
    {
        if (!above.Add(group))
        {
            return;
        }

        if (group.Variables.Count > 0)
        {
            foreach (string host in Members(group, []))
            {
                Override(variables[host], group.Variables);
            }
        }

        group.Children.ForEach(child => Inherit(child, above, variables));
        above.Remove(group);
    }

    private static IEnumerable<string> Members(Group group, HashSet<Group> seen) =>
        seen.Add(group) ? group.Hosts.Keys.Concat(group.Children.SelectMany(child => Members(child, seen))) : [];

    private static void Override(Dictionary<string, ScalarNode> target, Dictionary<string, ScalarNode> values)
    {
        foreach ((string key, ScalarNode value) in values)
        {
            target[key] = value;
        }
    }

    private InventoryHost Host(string name, Dictionary<string, ScalarNode> variables)
    {
        ScalarNode? Find(string[] names) => names.Select(variables.GetValueOrDefault).FirstOrDefault(value => value is not null);
        int? port = null;
        if (Find(Port) is { } given)
        {
            bool isPort = int.TryParse(given.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is > 0 and < 65536;
            port = isPort ? number : null;
            if (!isPort)
            {
                problems.Add(given.Place, $"the SSH port of {name} is '{given.Text}'", "it must be from 1 to 65535", "mend it, or leave it out for 22");
            }
        }

        ScalarNode? address = Find(Address);
        string? at = address?.Text is ['[', .. var inner, ']'] ? inner : address?.Text;
        if (address is not null && Uri.CheckHostName(at) is UriHostNameType.Unknown)
        {
            problems.Add(address.Place, $"the address of {name} is '{address.Text}'", "that is neither a name nor an address", "mend it, or leave it out to use the host's name");
        }

        return new InventoryHost
        {
            Name = name,
            Place = hosts[name].Place,
            Address = at ?? name,
            IsLocal = IsLocal(name, Find(Connection)),
            Port = port,
            User = Find(User)?.Text,
            KeyFile = Find(KeyFile)?.Text,
            SshArguments = FurtherArguments(name, variables),
        };
    }

    private bool IsLocal(string name, ScalarNode? connection)
    {
        if (connection is not null && !OverSsh.Contains(connection.Text) && !OnThisMachine.Contains(connection.Text))
        {
            problems.Add(connection.Place, $"the connection of {name} is '{connection.Text}'", "hosts are reached over ssh, and this machine is local", "write ssh or local, or take the host out");
        }

        return connection is null ? name == "localhost" : OnThisMachine.Contains(connection.Text) || (name == "localhost" && connection.Text == "smart");
    }

    private string? FurtherArguments(string name, Dictionary<string, ScalarNode> variables)
    {
        ScalarNode[] given = [.. Arguments.Select(variables.GetValueOrDefault).OfType<ScalarNode>()];
        foreach (ScalarNode arguments in given)
        {
            if (Hosts.Ssh.SshArguments.Split(arguments.Text, out string problem) is null)
            {
                problems.Add(arguments.Place, $"arguments for the SSH client to {name}", problem, "write it into the SSH client's configuration, ~/.ssh/config");
            }
        }

        string all = string.Join(' ', given.Select(arguments => arguments.Text.Trim())).Trim();
        return all.Length == 0 ? null : all;
    }

    private void Wrong(TemplateNode node, string what, string form)
    {
        if (node is not ScalarNode { IsNull: true })
        {
            problems.Add(node.Place, $"{what} are {node.Form}", "they are a mapping", $"write {form} for each, with a colon and no dash");
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9_]([A-Za-z0-9._-]{0,252}[A-Za-z0-9_])?$")]
    private static partial Regex HostName();

    private sealed class Group(ScalarNode name)
    {
        public ScalarNode Name { get; } = name;

        public Dictionary<string, Dictionary<string, ScalarNode>> Hosts { get; } = [];

        public Dictionary<string, ScalarNode> Variables { get; } = [];

        public List<Group> Children { get; } = [];
    }
}
