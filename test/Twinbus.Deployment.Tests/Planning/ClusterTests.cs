using System.Text.RegularExpressions;
using Twinbus.Deployment.Planning;
using Twinbus.Hosts.Kinds.Files;
using Twinbus.Hosts.Kinds.HostNames;
using Twinbus.Hosts.Kinds.Services;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.RabbitMq.Cluster;
using Xunit;

namespace Twinbus.Deployment.Tests.Planning;

public sealed class ClusterTests : IDisposable
{
    private readonly Workplace workplace = new();

    [Fact]
    public async Task AMoreMemberChangesNoFileThatTheOthersWereStartedWith()
    {
        PreparedDeployment three = await PrepareAsync(null, "h1", "h2", "h3");
        PreparedDeployment five = await PrepareAsync(three, "h1", "h2", "h3", "h4", "h5");

        string[] loaded = [.. Of<ServiceResource>(five, "h2").SelectMany(service => service.LoadedFiles)];
        FileResource[] before = [.. Of<FileResource>(three, "h2")];
        FileResource[] after = [.. Of<FileResource>(five, "h2")];
        Assert.Equal(
            ["/etc/twinbus/default-messaging/conf.d/members.conf", "/etc/twinbus/default-messaging/hosts"],
            after.Where(file => before.Single(other => other.Path == file.Path) != file).Select(file => file.Path));
        Assert.DoesNotContain(loaded, path => path.EndsWith("/hosts", StringComparison.Ordinal) || path.EndsWith("members.conf", StringComparison.Ordinal));
    }

    [Fact]
    public async Task NamesWithoutAnAddressAreLookedUpBeforeAnythingIsMade()
    {
        string inventory = workplace.Write("hosts.yaml", "Controller:\n  hosts:\n    h1: {ansible_host: 10.0.0.1}\n    h2:\n    h3: {ansible_host: other}\n");
        PreparedDeployment cluster = workplace.Prepare(await workplace.ReadAsync(new DeploymentRequest { Inventory = inventory }));
        PreparedDeployment alone = workplace.Prepare(await workplace.ReadAsync(new DeploymentRequest { Inventory = workplace.Write("one.yaml", "Controller:\n  hosts:\n    h1:\n") }));

        Assert.Equal(["h2", "h3"], Of<HostNameResource>(cluster, "h1").Select(name => name.HostName));
        Assert.Equal("host-name", cluster.Plan.Hosts[0].Stages.Single(stage => stage.Stage == Stage.Prepare).Resources[0].Kind);
        Assert.Empty(Of<HostNameResource>(alone, "h1"));
    }

    [Fact]
    public async Task OneMemberStaysTheSeedWhateverTheInventorysOrder()
    {
        PreparedDeployment before = await PrepareAsync(null, "h2", "h3", "h4");
        PreparedDeployment after = await PrepareAsync(before, "h1", "h2", "h3", "h4");
        PreparedDeployment without = await PrepareAsync(after, "h1", "h3", "h4");

        Assert.Equal(["h2", "h2", "h1"], ((PreparedDeployment[])[before, after, without]).Select(deployment => deployment.Deployment.Instances[0].Seed));
        Assert.Equal("twinbus-default-messaging@h2", Of<RabbitMqClusterResource>(after, "h1").Single().Membership.Members[0]);
        Assert.Equal(["h2"], after.Plan.Hosts.Where(host => host.Stages.Any(stage => stage.Stage == Stage.Provision)).Select(host => host.Host));
    }

    [Fact]
    public async Task AHostThatLeftIsRememberedUntilItIsBackUnderWhateverName()
    {
        PreparedDeployment three = await PrepareAsync(null, "h1", "h2", "h3");
        PreparedDeployment two = await PrepareAsync(three, "h1", "h2");
        PreparedDeployment later = await PrepareAsync(two, "h1", "h2");
        string renamed = workplace.Write("hosts.yaml", "Controller:\n  hosts:\n    h1: {ansible_host: 10.0.0.1}\n    h2: {ansible_host: 10.0.0.2}\n    other: {ansible_host: 10.0.0.3}\n");
        PreparedDeployment back = workplace.Prepare(await workplace.ReadAsync(new DeploymentRequest { Inventory = renamed }), later);

        Assert.Equal(["h3"], two.Deployment.Departed.Select(host => host.Name));
        Assert.Equal(["h3"], later.Deployment.Departed.Select(host => host.Name));
        Assert.Empty(back.Deployment.Departed);
    }

    [Fact]
    public async Task QueuesAreReplicatedInAClusterAndKeepTheirTypeWhenOneNodeBecomesThree()
    {
        PreparedDeployment cluster = await PrepareAsync(null, "h1", "h2", "h3");
        PreparedDeployment one = await PrepareAsync(null, "h1");
        PreparedDeployment grown = await PrepareAsync(one, "h1", "h2", "h3");

        Assert.Equal(["quorum", "classic", "classic"], ((PreparedDeployment[])[cluster, one, grown]).Select(QueueType));
        static string QueueType(PreparedDeployment deployment) => deployment.Deployment.Instances[0].Settings["RabbitQueueType"];
    }

    [Fact]
    public async Task ANodeKeepsItsNameWhenOneBecomesThree()
    {
        PreparedDeployment one = await PrepareAsync(null, "H1");
        PreparedDeployment three = await PrepareAsync(one, "H1", "h2", "h3");

        Assert.Equal("twinbus-default-messaging@h1", one.Deployment.Instances[0].Nodes[0].NodeName);
        Assert.Equal(one.Deployment.Instances[0].Nodes[0].NodeName, three.Deployment.Instances[0].Nodes[0].NodeName);
        Assert.Contains("127.0.0.1 h1\n", Of<FileResource>(one, "H1").Single(file => file.Path.EndsWith("/hosts", StringComparison.Ordinal)).Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MembersWithIPv6AddressesTalkToEachOtherOverThat()
    {
        string inventory = workplace.Write("six.yaml", "Controller:\n  hosts:\n" + string.Concat(Enumerable.Range(1, 3).Select(n => $"    h{n}: {{ansible_host: 'fd00::{n}'}}\n")));
        PreparedDeployment six = workplace.Prepare(await workplace.ReadAsync(new DeploymentRequest { Inventory = inventory }));
        PreparedDeployment four = await PrepareAsync(null, "h1", "h2", "h3");

        Assert.Equal(2, Regex.Count(Environment(six), "-proto_dist inet6_tcp"));
        Assert.Contains("ERL_EPMD_ADDRESS=fd00::2", Environment(six), StringComparison.Ordinal);
        Assert.Contains("listeners.tcp.1 = fd00::2:5672\n", File(six, "rabbitmq.conf"), StringComparison.Ordinal);
        Assert.Contains("{inet6, true}.", File(six, "inetrc"), StringComparison.Ordinal);
        Assert.DoesNotContain("inet6", Environment(four) + File(four, "inetrc"), StringComparison.Ordinal);
        static string Environment(PreparedDeployment deployment) => File(deployment, "rabbitmq-env.conf");
        static string File(PreparedDeployment deployment, string name) => Of<FileResource>(deployment, "h2").Single(file => file.Path.EndsWith($"/{name}", StringComparison.Ordinal)).Content!;
    }

    public void Dispose() => workplace.Dispose();

    private async Task<PreparedDeployment> PrepareAsync(PreparedDeployment? before, params string[] hosts)
    {
        string inventory = "Controller:\n  hosts:\n" + string.Concat(hosts.Select(host => $"    {host}: {{ansible_host: 10.0.0.{host[1..]}}}\n"));
        return workplace.Prepare(await workplace.ReadAsync(new DeploymentRequest { Inventory = workplace.Write("inventory.yaml", inventory) }), before);
    }

    private static IEnumerable<TResource> Of<TResource>(PreparedDeployment deployment, string host)
        where TResource : Resource =>
        deployment.Plan.Hosts.Single(part => part.Host == host).Stages.SelectMany(stage => stage.Resources).OfType<TResource>();
}
