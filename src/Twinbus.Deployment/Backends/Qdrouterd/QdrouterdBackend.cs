using System.Collections.Immutable;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Oslo;
using Twinbus.Deployment.Reading;

namespace Twinbus.Deployment.Backends.Qdrouterd;

/// <summary>Apache Qpid Dispatch, and skupper-router, its successor: routers of AMQP 1.0 that store nothing.</summary>
internal sealed class QdrouterdBackend : IMessagingBackend
{
    public BackendCapabilities Capabilities { get; } = new()
    {
        Name = "qdrouterd",
        Title = "qdrouterd",
        Transport = "amqp",
        ParameterPrefix = "Qdr",
        NotifyWarning = "a router stores nothing: a notification that nobody listens to is lost, after its sender waited half a minute",
        NotYetDeployedReason = "its routers are the next thing to come",
        Stores = false,
        HasVirtualHosts = false,
        VirtualHostsUnsupportedReason = "a router that puts it before the address no longer recognises oslo.messaging's addresses",
        Login = LoginForm.UserAndPassword,
        Character = new BackendCharacter
        {
            Kind = "router",
            Storage = "none: a message goes from sender to listener or not at all",
            Ordering = "as sent, from one sender to one listener",
            Fanout = "multicast by the routers; a mesh with cycles delivers it more than once, so routers form a tree",
            DeadListener = "the sender is refused credit: a call times out, a notification fails after 30 seconds",
            Ports = "AMQP 31459; between routers 31460",
            Logs = "/var/log/twinbus/INSTANCE/router.log",
            Monitoring = "AMQP management of each router",
            Availability = "every client may use any router; routes are found again when one dies",
        },
    };

    public ImmutableArray<string> Packages { get; } = ["qdrouterd"];

    public ImmutableArray<PortRequirement> Ports { get; } = [new(PortPurpose.Client, "Port"), new("inter-router", "QdrInterRouterPort")];

    public ImmutableArray<InstanceSecret> Secrets { get; } = [];

    public ClientOptions? ClientOptions { get; } = new QdrouterdClientOptions();

    public INodePlanner? Nodes => null;

    public void Check(ServiceDraft service, ProblemList problems)
    {
    }
}
