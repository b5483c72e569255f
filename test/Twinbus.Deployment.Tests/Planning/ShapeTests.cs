using System.Diagnostics;
using System.Globalization;
using System.Text;
using Twinbus.Deployment.Clients;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Planning;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.RabbitMq.Policies;
using Twinbus.Testing;
using Xunit;

namespace Twinbus.Deployment.Tests.Planning;

/// <summary>Every shape of the mission, from the shipped environments to its plan.</summary>
public sealed class ShapeTests : IDisposable
{
    private const string ThreeControllers = "Controller:\n  hosts:\n    ctl-[1:3]:\n  vars:\n    ansible_user: heat-admin\n";

    private readonly Workplace workplace = new();

    public void Dispose() => workplace.Dispose();

    [Theory]
    [InlineData("messaging-dual-rabbitmq", "")]
    [InlineData("messaging-external", "parameter_defaults:\n  RpcTransportURL: rabbit://nova:a%40password@rpc.example:5672/calls\n  NotifyTransport: kafka\n  NotifyHosts: [k1.example, \"k2.example:9093\"]\n  NotifyPort: 9092\n")]
    [InlineData("messaging-dual-rabbitmq,../ssl/all-ssl", "")]
    [InlineData("messaging-shared-rabbitmq", "resource_registry:\n  OS::TripleO::Services::OsloMessagingRpcNeutron: SERVICES/messaging-rpc-backend-rabbitmq.yaml\n  OS::TripleO::Services::OsloMessagingNotifyAudit: SERVICES/messaging-notify-backend-external.yaml\nparameter_defaults:\n  RpcNeutronVirtualHost: neutron\n  NotifyAuditTransportURL: rabbit://audit:password@audit.example/\n")]
    [InlineData("messaging-rpc-external,messaging-notify-rabbitmq", "parameter_defaults:\n  RpcTransportURL: rabbit://nova:password@rpc.example/\n")]
    [InlineData("messaging-rpc-rabbitmq,messaging-notify-external", "parameter_defaults:\n  NotifyTransportURL: rabbit://nova:password@notify.example/\n")]
    public async Task AShippedShapeGivesItsPlan(string environments, string parameters)
    {
        string[] files = [.. environments.Split(',').Select(name => workplace.ShippedEnvironment(name + ".yaml")), workplace.Write("site.yaml", parameters.Replace("SERVICES", workplace.Shipped.Services, StringComparison.Ordinal))];

        PreparedDeployment prepared = workplace.Prepare(await workplace.ReadAsync(files));

        string urls = string.Concat(prepared.Deployment.Services.Select(service => $"{service.Name} {TransportUrlText.Redacted(service)}\n"));
        GoldenFile.Matches(urls + PlanText.Of(prepared.Plan), $"{environments.Replace(',', '+').Replace("../ssl/", "", StringComparison.Ordinal)}.txt");
    }

    [Fact]
    public async Task TwoInstancesOnOneHostShareOnlyThePackageAndTheDirectoriesAboveTheirOwn()
    {
        PreparedDeployment prepared = workplace.Prepare(await workplace.ReadAsync(workplace.ShippedEnvironment("messaging-dual-rabbitmq.yaml")));
        BrokerInstance[] instances = [.. prepared.Deployment.Instances];

        Assert.Equal(["default-rpc", "default-notify"], instances.Select(instance => instance.FullName));
        Assert.Empty(instances[0].Ports.Values.Intersect(instances[1].Ports.Values));
        Assert.NotEqual(instances[0].Nodes[0].NodeName, instances[1].Nodes[0].NodeName);
        string[] shared =
        [
            .. prepared.Plan.Hosts[0].Stages.SelectMany(stage => stage.Resources).Select(resource => resource.Name)
                .Where(name => !name.Contains("default-rpc", StringComparison.Ordinal) && !name.Contains("default-notify", StringComparison.Ordinal)),
        ];
        Assert.Equal(["rabbitmq-server", "/etc/twinbus", "/var/lib/twinbus", "/var/log/twinbus"], shared);
    }

    [Fact]
    public async Task AClusterOfThreeHasThreeNodesAndOneSetOfUsers()
    {
        string site = workplace.Write("site.yaml", "parameter_defaults:\n  RabbitMessageTTL: 3600\n");
        DeploymentSource source = await workplace.ReadAsync(new DeploymentRequest { Environments = [site], Inventory = workplace.Write("hosts.yaml", ThreeControllers) });

        PreparedDeployment prepared = workplace.Prepare(source);

        Assert.Equal(["ctl-1", "ctl-2", "ctl-3"], prepared.Deployment.Hosts.Select(host => host.Name));
        Assert.All(prepared.Deployment.Hosts, host => Assert.Equal("heat-admin", host.SshUser));
        Assert.Equal("rabbit://rpc:***@ctl-1:5672,rpc:***@ctl-2:5672,rpc:***@ctl-3:5672/", TransportUrlText.Redacted(prepared.Deployment.Services[0]));
        RabbitMqPolicyResource policy = Assert.Single(prepared.Plan.Hosts.SelectMany(host => host.Stages).SelectMany(stage => stage.Resources).OfType<RabbitMqPolicyResource>());
        Assert.Equal("[message-ttl, 3600000]", string.Join(' ', policy.Definition));
        GoldenFile.Matches(PlanText.Of(prepared.Plan), "cluster-of-three.txt");
    }

    [Fact]
    public async Task RolesSplitTheServicesOverHosts()
    {
        string inventory = workplace.Write("hosts.yaml", "MessagingRpc:\n  hosts:\n    rpc1: {ansible_host: 192.0.2.1}\nMessagingNotify:\n  hosts:\n    notify1: {ansible_host: 192.0.2.2, ansible_port: 2222}\nCompute:\n  hosts:\n    compute[1:200]:\n");
        DeploymentSource source = await workplace.ReadAsync(new DeploymentRequest { Environments = [workplace.ShippedEnvironment("messaging-dual-rabbitmq.yaml")], Inventory = inventory });

        PreparedDeployment prepared = workplace.Prepare(source);

        Assert.Equal([("rpc", "rpc1"), ("notify", "notify1")], prepared.Deployment.Instances.Select(instance => (instance.Name, Assert.Single(instance.Nodes).Host)));
        Assert.Equal(["rpc1", "notify1"], prepared.Plan.Hosts.Select(host => host.Host));
        Assert.Equal(2222, prepared.Deployment.Hosts[1].SshPort);
        Assert.Equal("rabbit://notify:***@192.0.2.2:5673/", TransportUrlText.Redacted(prepared.Deployment.Service("notify")!));
    }

    [Fact]
    public async Task MoreThanTwoServicesAreNothingSpecial()
    {
        string services = Path.Combine(workplace.Shipped.Services, "messaging-rpc-backend-rabbitmq.yaml");
        DeploymentSource source = await workplace.ReadTextAsync($"resource_registry:\n  OS::TripleO::Services::OsloMessagingRpcNeutron: {services}\nparameter_defaults:\n  RpcNeutronUserName: neutron\n  RpcNeutronVirtualHost: neutron\n");

        PreparedDeployment prepared = workplace.Prepare(source);

        Assert.Equal(["rpc", "rpc-neutron", "notify"], prepared.Deployment.Services.Select(service => service.Name));
        Assert.Equal(["messaging", "rpc-neutron"], prepared.Deployment.Instances.Select(instance => instance.Name));
        Assert.Equal("rabbit://neutron:***@127.0.0.1:5673/neutron", TransportUrlText.Redacted(prepared.Deployment.Service("rpc-neutron")!));
    }

    [Theory]
    [InlineData("deployment/rabbitmq/rabbitmq-messaging-rpc-container-puppet.yaml", "deployment/rabbitmq/rabbitmq-messaging-notify-shared-puppet.yaml", "messaging")]
    [InlineData("deployment/rabbitmq/rabbitmq-messaging-rpc-pacemaker-puppet.yaml", "deployment/rabbitmq/rabbitmq-messaging-notify-pacemaker-puppet.yaml", "rpc notify")]
    [InlineData("docker/services/messaging/rpc-rabbitmq.yaml", "docker/services/messaging/notify-rabbitmq-shared.yaml", "messaging")]
    public async Task TripleOsOwnFilesMeanWhatTheyMeantThere(string rpc, string notify, string instances)
    {
        DeploymentSource source = await workplace.ReadTextAsync($"""
            resource_registry:
              OS::TripleO::Services::OsloMessagingRpc: ../../{rpc}
              OS::TripleO::Services::OsloMessagingNotify: ../../{notify}
              OS::TripleO::Services::NovaApi: ../../deployment/nova/nova-api-container-puppet.yaml
            parameter_defaults:
              RpcPassword: N7b2V9x4aQ8m1Zc6Yt3Kd5Lp0
              NotifyPassword: J8h3G6f1Dk9s2Ad7Ql4Wn5Ez0
              RabbitPassword: unusedunusedunused
              RabbitClientPort: 5672
              NovaPassword: secret
              ControllerCount: 3
              MessagingCount: 3
              ContainerRabbitmqImage: registry/rabbitmq:latest

            """);

        PreparedDeployment prepared = workplace.Prepare(source);

        Assert.Equal(instances.Split(' '), prepared.Deployment.Instances.Select(instance => instance.Name));
        Assert.Equal(["OS::TripleO::Services::NovaApi", "ContainerRabbitmqImage", "ControllerCount", "MessagingCount", "NovaPassword", "RabbitClientPort", "RabbitPassword"], source.Ignored.Select(entry => entry.Name));
        Assert.Equal(["ContainerRabbitmqImage has no effect", "RabbitClientPort has no effect", "RabbitPassword has no effect", "7 entries of the environments were passed over"], source.Notices.Select(notice => notice.What));
        Assert.Equal("N7b2V9x4aQ8m1Zc6Yt3Kd5Lp0", prepared.Secrets["RpcPassword"].Reveal());
    }

    [Fact]
    public async Task EveryParameterTellsWhereItsValueCameFrom()
    {
        string first = workplace.Write("first.yaml", "parameter_defaults:\n  RpcPort: 5700\n  RabbitFDLimit: 5000\n");
        string second = workplace.Write("second.yaml", "parameter_defaults:\n  RpcPort: 5800\n  NotifyPassword: a-password-of-mine\n");

        PreparedDeployment prepared = workplace.Prepare(await workplace.ReadAsync(first, second));

        ResolvedParameter Find(string name) => prepared.Deployment.Parameters.Single(parameter => parameter.Name == name);
        Assert.Equal(new ResolvedParameter("RpcPort", "5800", $"{second}:2:12"), Find("RpcPort"));
        Assert.Equal(new ResolvedParameter("RabbitFDLimit", "5000", $"{first}:3:18"), Find("RabbitFDLimit"));
        Assert.Equal(new ResolvedParameter("NotifyPassword", "***", $"{second}:3:19"), Find("NotifyPassword"));
        Assert.Equal(new ResolvedParameter("RpcPassword", "***", "generated"), Find("RpcPassword"));
        Assert.Equal("default", Find("RpcRabbitNetTickTime").Origin);
    }

    [Fact]
    public async Task AThousandHostsArePlannedInUnderTwoSecondsAndThreeHundredMegabytes()
    {
        StringBuilder inventory = new();
        foreach (string role in (string[])["MessagingRpc", "MessagingNotify"])
        {
            inventory.Append(CultureInfo.InvariantCulture, $"{role}:\n  hosts:\n");
            for (int host = 0; host < 3; host++)
            {
                inventory.Append(CultureInfo.InvariantCulture, $"    {role.ToLowerInvariant()}{host}: {{ansible_host: 192.0.2.{host}}}\n");
            }
        }

        inventory.Append("Compute:\n  hosts:\n    compute[0001:0994]:\n");
        DeploymentRequest request = new() { Environments = [workplace.ShippedEnvironment("messaging-dual-rabbitmq.yaml")], Inventory = workplace.Write("hosts.yaml", inventory.ToString()) };
        Stopwatch time = Stopwatch.StartNew();

        PreparedDeployment prepared = workplace.Prepare(await workplace.ReadAsync(request));

        Assert.Equal(6, prepared.Plan.Hosts.Length);
        Assert.InRange(time.Elapsed.TotalSeconds, 0, 2);
        Assert.InRange(Process.GetCurrentProcess().WorkingSet64 / (1024 * 1024), 0, 300);
    }
}
