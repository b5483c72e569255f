using System.Collections.Immutable;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Oslo;
using Twinbus.Deployment.Reading;
using Twinbus.Deployment.Secrets;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.RabbitMq;
using Twinbus.Hosts.RabbitMq.Management;

namespace Twinbus.Deployment.Backends.RabbitMq;

/// <summary>RabbitMQ from the distribution's package, as many instances on a host as are wanted.</summary>
internal sealed class RabbitMqBackend : IMessagingBackend, INodePlanner
{
    public const string Cookie = "cookie";
    public const string Administrator = "administrator";

    public BackendCapabilities Capabilities { get; } = new()
    {
        Name = "rabbitmq",
        Title = "RabbitMQ",
        Transport = "rabbit",
        ParameterPrefix = "Rabbit",
        Stores = true,
        HasVirtualHosts = true,
        Login = LoginForm.UserAndPassword,
        CanBeShared = true,
        Character = new BackendCharacter
        {
            Kind = "broker",
            Storage = "queues in memory and on disk until fetched; a limit or age is set by RabbitQueueLimit, RabbitMessageTTL",
            Ordering = "as published, in each queue",
            Fanout = "one queue for each server, bound to a fanout exchange",
            DeadListener = "messages wait and queues grow, up to the watermark that holds every publisher back",
            Ports = "AMQP 5672; on loopback: management 15672, distribution 25672, epmd 4370",
            Logs = "/var/log/twinbus/INSTANCE/broker.log",
            Monitoring = "management API on 127.0.0.1; twinbus health",
            Availability = "cluster of three: quorum queues, or mirrored ones before 4.0",
        },
    };

    public ImmutableArray<string> Packages { get; } = ["rabbitmq-server"];

    public ImmutableArray<PortRequirement> Ports => RabbitMqPorts.All;

    public ImmutableArray<InstanceSecret> Secrets { get; } = [new(Cookie, "RabbitCookie"), new(Administrator, null)];

    public ClientOptions? ClientOptions { get; } = new RabbitMqClientOptions();

    public INodePlanner? Nodes => this;

    public string? OneVersionReason => "members of a RabbitMQ cluster have one version, and a newer one refuses to join older ones";

    public void Check(ServiceDraft service, ProblemList problems)
    {
        ParameterSet parameters = service.Parameters;
        if (parameters.Text("UserName") == RabbitMqDefinitions.Administrator)
        {
            ParameterValue user = parameters["UserName"];
            problems.Add(user.Place, $"{user.Name} cannot be {user.Text}", "that is Twinbus's own administrator", "choose another name");
        }

        if (parameters.Flag("RabbitInterNodeSSL") && !parameters.Flag("UseSSL"))
        {
            ParameterValue interNode = parameters["RabbitInterNodeSSL"];
            problems.Add(interNode.Place, $"{interNode.Name} without {service.Prefix}UseSSL", "nodes use the certificates that clients see", $"set {service.Prefix}UseSSL to true");
        }
    }

    public ManagementAccess? ManagementOf(BrokerInstance instance, DeploymentSecrets secrets) =>
        instance.Ports.TryGetValue(RabbitMqPorts.Management, out int port) && secrets.Find($"{instance.Name}.{Administrator}") is { } password
            ? new ManagementAccess(port, RabbitMqDefinitions.Administrator, password, "/api/health/checks/alarms")
            : null;

    // Named after the inventory, alone or not: a node that is renamed loses what it holds, and one node may become three.
    public string NodeName(string fullName, string host) => $"twinbus-{fullName}@{host.ToLowerInvariant()}";

    // Queues do not change their type, so neither does what clients ask for when one node becomes three.
    public string Resolve(string setting, string value, int nodes, Version? server, string? before) => (setting, value) switch
    {
        (RabbitMqParameters.QueueTypeName, "auto") => before ?? RabbitMqQueuePolicy.Standard(nodes, server),
        _ => value,
    };

    public void Register(ResourceKinds kinds) => kinds.AddRabbitMq();

    public bool IsProvidedElsewhere(InstancePlanning planning, BrokerNode node) => !new RabbitMqMembers(planning, node).IsSeed;

    public ImmutableArray<StagePlan> Plan(InstancePlanning planning, BrokerNode node) => new RabbitMqNodePlan(planning, node).Stages();
}
