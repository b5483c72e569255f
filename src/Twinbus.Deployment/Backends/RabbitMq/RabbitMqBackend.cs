using System.Collections.Immutable;
using Twinbus.Deployment.Model;
using Twinbus.Hosts;

namespace Twinbus.Deployment.Backends.RabbitMq;

/// <summary>RabbitMQ from the distribution's package, as many instances on a host as are wanted.</summary>
internal sealed class RabbitMqBackend : IMessagingBackend
{
    public const string Cookie = "cookie";
    public const string Administrator = "administrator";

    public BackendCapabilities Capabilities { get; } = new()
    {
        Name = "rabbitmq",
        Title = "RabbitMQ",
        Transport = "rabbit",
        Stores = true,
        HasVirtualHosts = true,
        Authenticates = true,
        CanBeShared = true,
    };

    public ImmutableArray<string> Packages { get; } = ["rabbitmq-server"];

    public ImmutableArray<PortWish> Ports { get; } =
    [
        new(PortPurpose.Client, "Port"),
        new(PortPurpose.Management, "RabbitManagementPort"),
        new(PortPurpose.Distribution, "RabbitDistributionPort"),
        new(PortPurpose.Epmd, "RabbitEpmdPort"),
        new(PortPurpose.CommandLineFirst, "RabbitCommandLinePort") { Count = 10, LastPurpose = PortPurpose.CommandLineLast, IsBrief = true },
    ];

    public ImmutableArray<InstanceSecret> Secrets { get; } = [new(Cookie, "RabbitCookie"), new(Administrator, null)];

    // A node that is alone needs no host name: neither one that does not resolve nor one that changes can stop it.
    public string NodeName(string fullName, string host, bool isAlone) => $"twinbus-{fullName}@{(isAlone ? "localhost" : host)}";

    public ImmutableArray<StagePlan> Plan(InstancePlanning planning, BrokerNode node) => new RabbitMqNodePlan(planning, node).Stages();
}
