using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Twinbus.Deployment.Model;

namespace Twinbus.Deployment.Backends.RabbitMq;

/// <summary>The members of a RabbitMQ instance: what they are called, how they find each other, and where this one listens for the others.</summary>
internal sealed class RabbitMqMembers(InstancePlanning planning, BrokerNode node)
{
    private const string Loopback = "127.0.0.1";

    private BrokerInstance Instance => planning.Instance;

    /// <summary>Whether there are no others: then nothing listens beyond this machine but for clients.</summary>
    public bool IsAlone => Instance.Nodes.Length == 1;

    /// <summary>Whether members are called by names that Erlang must find addresses of; <c>localhost</c> needs no help.</summary>
    public bool HaveNames => Instance.Nodes.Any(member => HostPart(member) != "localhost");

    /// <summary>Whether the host that this node is on provides for what is inside the broker.</summary>
    public bool IsSeed => node.Host == Instance.Seed;

    /// <summary>Node names, the seed's first.</summary>
    public ImmutableArray<string> NodeNames =>
        [.. Instance.Nodes.OrderBy(member => member.Host == Instance.Seed ? 0 : 1).Select(member => member.NodeName)];

    /// <summary>Where this node listens for the others; null when only a name is known of it, and so everywhere.</summary>
    public IPAddress? Interface => AddressOf(node);

    /// <summary>Whether members talk to each other over IPv6: one kind of address is used for all.</summary>
    public bool UseIPv6 => Interface is { AddressFamily: AddressFamily.InterNetworkV6 };

    /// <summary>That address as Erlang writes it, or all addresses.</summary>
    public string ErlangInterface => Interface switch
    {
        null => "{0,0,0,0}",
        { AddressFamily: AddressFamily.InterNetworkV6 } six => $"{{{string.Join(',', Groups(six))}}}",
        var four => $"{{{string.Join(',', four.GetAddressBytes())}}}",
    };

    /// <summary>
    /// hosts: names and addresses of the members, in the form of /etc/hosts. Erlang reads it again within seconds of a
    /// change, so that a member that comes is found without a restart. A name whose address is not known is left to the host's resolver.
    /// </summary>
    public string Hosts()
    {
        StringBuilder text = new($"# {RabbitMqConfiguration.Mark}\n");
        foreach (BrokerNode member in Instance.Nodes)
        {
            text.Append(AddressOf(member) is { } address ? $"{address} {HostPart(member)}\n" : $"# {HostPart(member)}: as this host resolves it\n");
        }

        return text.ToString();
    }

    /// <summary>The names that are left to the host's resolver.</summary>
    public IEnumerable<string> NamesToResolve => Instance.Nodes.Where(member => AddressOf(member) is null).Select(HostPart);

    /// <summary>inetrc: that file before the host's own resolver, whose name for itself is often one of loopback.</summary>
    public string Resolver() =>
        $"%% {RabbitMqConfiguration.Mark}\n{{lookup, [file, native]}}.\n{{hosts_file, \"{RabbitMqFiles.Hosts(Instance.Paths)}\"}}.\n"
        + (UseIPv6 ? "{inet6, true}.\n" : "");

    /// <summary>conf.d/members.conf: the members that a node without data looks for; no other node reads it.</summary>
    public string Peers()
    {
        StringBuilder text = new($"# {RabbitMqConfiguration.Mark}\ncluster_formation.peer_discovery_backend = classic_config\n");
        foreach ((int index, string name) in NodeNames.Index())
        {
            text.Append($"cluster_formation.classic_config.nodes.{index + 1} = {name}\n");
        }

        return text.ToString();
    }

    private IPAddress? AddressOf(BrokerNode member)
    {
        string address = IsAlone ? Loopback : planning.Deployment.Hosts.First(host => host.Name == member.Host).Address;
        return IPAddress.TryParse(address, out IPAddress? parsed) ? parsed : null;
    }

    private static string HostPart(BrokerNode member) => member.NodeName[(member.NodeName.IndexOf('@', StringComparison.Ordinal) + 1)..];

    private static IEnumerable<int> Groups(IPAddress address) =>
        address.GetAddressBytes().Chunk(2).Select(pair => (pair[0] << 8) | pair[1]);
}
