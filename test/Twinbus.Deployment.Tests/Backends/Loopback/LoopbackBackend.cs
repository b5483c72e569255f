using System.Collections.Immutable;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Oslo;
using Twinbus.Deployment.Reading;
using Twinbus.Hosts;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Kinds.Files;
using Twinbus.Hosts.Plans;

namespace Twinbus.Deployment.Tests.Backends.Loopback;

/// <summary>A backend that nobody needs: all that one has to be is in this folder.</summary>
internal sealed class LoopbackBackend : IMessagingBackend, INodePlanner
{
    public BackendCapabilities Capabilities { get; } = new()
    {
        Name = "loopback",
        Title = "Loopback",
        Transport = "fake",
        ParameterPrefix = "Loopback",
        NotifyUnsupportedReason = "nothing comes out of it",
        Stores = false,
        HasVirtualHosts = false,
        VirtualHostsUnsupportedReason = "it has one room",
        Login = LoginForm.None,
        Character = new BackendCharacter
        {
            Kind = "none",
            Storage = "none",
            Ordering = "none",
            Fanout = "none",
            DeadListener = "none",
            Ports = "one",
            Logs = "none",
            Monitoring = "none",
            Availability = "none",
        },
    };

    public ImmutableArray<string> Packages { get; } = [];

    public ImmutableArray<PortRequirement> Ports { get; } = [new(PortPurpose.Client, "LoopbackPort") { Usual = new UsualPorts(7007, 7008) }];

    public ImmutableArray<InstanceSecret> Secrets { get; } = [new("seal", null)];

    public ClientOptions? ClientOptions { get; } = new LoopbackClientOptions();

    public INodePlanner? Nodes => this;

    public string? OneVersionReason => null;

    public void Check(ServiceDraft service, ProblemList problems)
    {
        if (service.Parameters["LoopbackPort"] is { Text: "7" } port)
        {
            problems.Add(port.Place, $"{port.Name} is 7", "that is echo's", "choose another one");
        }
    }

    public string NodeName(string fullName, string host) => $"{fullName}.{host}";

    public string Resolve(string setting, string value, int nodes, Version? server, string? before) => value;

    public void Register(ResourceKinds kinds)
    {
        // Files and services are every server's.
    }

    public bool IsProvidedElsewhere(InstancePlanning planning, BrokerNode node) => false;

    public ImmutableArray<StagePlan> Plan(InstancePlanning planning, BrokerNode node) =>
    [
        new(Stage.Configure,
        [
            new FileResource { Path = $"{planning.Instance.Paths.Config}/loopback.conf", SecretContent = planning.Secret("seal") },
        ]),
    ];

    private sealed class LoopbackClientOptions : ClientOptions
    {
        public override string Scheme => "fake";

        public override string Group => "oslo_messaging_fake";

        public override int DefaultPort => 7007;

        public override void Describe(BusNeeds needs)
        {
        }
    }
}
