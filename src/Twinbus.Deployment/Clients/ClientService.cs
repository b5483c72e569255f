using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Reading;

namespace Twinbus.Deployment.Clients;

/// <summary>A service of OpenStack that is a client of the messaging deployment.</summary>
public sealed partial record ClientService
{
    // Those that OpenStack-Ansible and TripleO configure. A service that is not here is configured all the same.
    private static readonly ImmutableSortedDictionary<string, string> KnownFiles = new Dictionary<string, string>
    {
        ["aodh"] = "/etc/aodh/aodh.conf",
        ["barbican"] = "/etc/barbican/barbican.conf",
        ["blazar"] = "/etc/blazar/blazar.conf",
        ["ceilometer"] = "/etc/ceilometer/ceilometer.conf",
        ["cinder"] = "/etc/cinder/cinder.conf",
        ["cloudkitty"] = "/etc/cloudkitty/cloudkitty.conf",
        ["designate"] = "/etc/designate/designate.conf",
        ["glance"] = "/etc/glance/glance-api.conf",
        ["heat"] = "/etc/heat/heat.conf",
        ["ironic"] = "/etc/ironic/ironic.conf",
        ["keystone"] = "/etc/keystone/keystone.conf",
        ["magnum"] = "/etc/magnum/magnum.conf",
        ["manila"] = "/etc/manila/manila.conf",
        ["masakari"] = "/etc/masakari/masakari.conf",
        ["mistral"] = "/etc/mistral/mistral.conf",
        ["neutron"] = "/etc/neutron/neutron.conf",
        ["nova"] = "/etc/nova/nova.conf",
        ["octavia"] = "/etc/octavia/octavia.conf",
        [Swift] = "/etc/swift/proxy-server.conf",
        ["tacker"] = "/etc/tacker/tacker.conf",
        ["trove"] = "/etc/trove/trove.conf",
        ["zun"] = "/etc/zun/zun.conf",
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    private const string Swift = "swift";

    /// <summary>The most letters that a name has.</summary>
    internal const int LongestName = ServiceNames.LongestWord;

    private ClientService(string name) => Name = name;

    /// <summary>Its name, such as <c>nova</c>.</summary>
    public string Name { get; }

    /// <summary>The file that its messaging options stand in.</summary>
    public string File => KnownFiles.GetValueOrDefault(Name, $"/etc/{Name}/{Name}.conf");

    /// <summary>Whether it has only a transport URL to say things in: swift's proxy notifies through a filter of its pipeline.</summary>
    internal bool HasUrlOnly => Name == Swift;

    /// <summary>The services that formats which name each service write for when none is asked for.</summary>
    internal static ImmutableArray<ClientService> All { get; } = [.. KnownFiles.Keys.Select(name => new ClientService(name))];

    /// <summary>The service <paramref name="name"/>; one that is not known is taken to keep <c>/etc/NAME/NAME.conf</c>.</summary>
    /// <exception cref="DeploymentException">The name is not lower-case letters, digits, <c>-</c> and <c>_</c>.</exception>
    public static ClientService Named(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return ServiceName().IsMatch(name)
            ? new ClientService(name)
            : throw new DeploymentException(
                DeploymentFailureReason.InvalidInput,
                new Problem($"{name} is no name of a service", $"it begins with a lower-case letter, has such letters, digits, - and _, and at most {LongestName} of them", "write one such as nova, neutron or ceilometer"));
    }

    /// <summary>
    /// The messaging service for <paramref name="kind"/> that this client uses: the one made for it (<c>rpc-nova</c>), else the
    /// first of that kind.
    /// </summary>
    internal static MessagingService? Choose(MessagingDeployment deployment, MessagingKind kind, ClientService? client)
    {
        MessagingService[] candidates = [.. deployment.Services.Where(service => service.Kind == kind)];
        string general = kind == MessagingKind.Rpc ? "rpc" : "notify";
        return candidates.FirstOrDefault(service => client is not null && service.Name == $"{general}-{client.Name}")
            ?? candidates.FirstOrDefault(service => service.Name == general)
            ?? candidates.FirstOrDefault();
    }

    [GeneratedRegex(@"^[a-z][a-z0-9_-]{0,31}\z")]
    private static partial Regex ServiceName();
}
