using System.Collections.Immutable;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Oslo;
using Twinbus.Deployment.Reading;

namespace Twinbus.Deployment.Backends.ZeroMq;

/// <summary>ZeroMQ with a Redis matchmaker: no broker, and in oslo.messaging's driver no authentication either.</summary>
internal sealed class ZeroMqBackend : IMessagingBackend
{
    public BackendCapabilities Capabilities { get; } = new()
    {
        Name = "zmq",
        Title = "ZeroMQ",
        Transport = "zmq",
        ParameterPrefix = "Zmq",
        NotifyUnsupportedReason = "a notification outlives its sender only where something stores it, and between ZeroMQ's ends there is nothing",
        NotYetDeployedReason = "its matchmaker comes after the routers",
        Stores = false,
        HasVirtualHosts = false,
        VirtualHostsUnsupportedReason = "ZeroMQ's sockets are not divided",
        Login = LoginForm.None,
        SpeaksTls = false,
        Character = new BackendCharacter
        {
            Kind = "neither: sockets between client and server",
            Storage = "none",
            Ordering = "as sent, from one sender to one listener",
            Fanout = "one copy sent to each server that the matchmaker knows",
            DeadListener = "the call times out",
            Ports = "matchmaker 6379; servers 49153 and up",
            Logs = "those of the services themselves",
            Monitoring = "the matchmaker's",
            Availability = "nothing in the middle that could fail but the matchmaker",
        },
    };

    public ImmutableArray<string> Packages { get; } = ["redis-server"];

    public ImmutableArray<PortRequirement> Ports { get; } = [new(PortPurpose.Client, "ZmqMatchmakerPort")];

    public ImmutableArray<InstanceSecret> Secrets { get; } = [];

    public ClientOptions? ClientOptions { get; } = new ZeroMqClientOptions();

    public INodePlanner? Nodes => null;

    public void Check(ServiceDraft service, ProblemList problems)
    {
        ParameterValue insecure = service.Parameters["ZmqInsecure"];
        if (insecure.Text.Length == 0)
        {
            problems.Add(
                insecure.Place ?? service.Place,
                $"the {service.Name} service would be open to everybody",
                "oslo.messaging's ZeroMQ driver neither authenticates nor encrypts",
                $"choose another backend, or set {insecure.Definition.Name}: acknowledged when its network is closed to others");
        }
    }
}
