using System.Collections.Immutable;
using Twinbus.Deployment.Certificates;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Oslo;
using Twinbus.Deployment.Reading;
using Twinbus.Deployment.Secrets;
using Twinbus.Hosts;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.RabbitMq.Management;

namespace Twinbus.Deployment.Backends;

/// <summary>A backend: says what it is, what it needs, and which resources make a node of it. Pure.</summary>
internal interface IMessagingBackend
{
    BackendCapabilities Capabilities { get; }

    /// <summary>Packages of the distribution that its nodes need.</summary>
    ImmutableArray<string> Packages { get; }

    /// <summary>The ports of an instance, the same on all of its hosts.</summary>
    ImmutableArray<PortRequirement> Ports { get; }

    /// <summary>The secrets of an instance besides its users' passwords.</summary>
    ImmutableArray<InstanceSecret> Secrets { get; }

    /// <summary>What clients have to be told to speak with it; null when each service says by its transport what that is.</summary>
    ClientOptions? ClientOptions { get; }

    /// <summary>What makes its nodes; null when this version deploys none.</summary>
    INodePlanner? Nodes { get; }

    /// <summary>Adds what is wrong with the parameters of <paramref name="service"/>, beyond what each must be by itself.</summary>
    void Check(ServiceDraft service, ProblemList problems);

    /// <summary>Where clients find a service that somebody else runs; null for a backend that has instances of ours.</summary>
    ExternalAddress? AddressOf(ServiceDraft service) => null;

    /// <summary>How the health of an instance is asked beside its messaging; null when there is nothing to ask.</summary>
    ManagementAccess? ManagementOf(BrokerInstance instance, DeploymentSecrets secrets) => null;
}

/// <summary>Makes the nodes of a backend's instances.</summary>
internal interface INodePlanner
{
    /// <summary>Why the nodes of one instance must have one version of the server; null when they need not.</summary>
    string? OneVersionReason { get; }

    /// <summary>The backend's own name for the node on <paramref name="host"/>.</summary>
    string NodeName(string fullName, string host);

    /// <summary>The value of a setting that the operator left to us; any other as it is.</summary>
    /// <param name="setting">Its name, without the service's prefix.</param>
    /// <param name="value">Its value.</param>
    /// <param name="nodes">How many nodes the instance has.</param>
    /// <param name="server">The version of its server; null when no host knows.</param>
    /// <param name="before">What it was in the last deploy; null when there was none.</param>
    string Resolve(string setting, string value, int nodes, Version? server, string? before);

    /// <summary>Adds the kinds of resources that its plans have besides those of every server.</summary>
    void Register(ResourceKinds kinds);

    /// <summary>Whether what is inside the instance, such as users, is in the plan of another node than <paramref name="node"/>.</summary>
    bool IsProvidedElsewhere(InstancePlanning planning, BrokerNode node);

    /// <summary>What the host of <paramref name="node"/> shall have, in stage order.</summary>
    ImmutableArray<StagePlan> Plan(InstancePlanning planning, BrokerNode node);
}

/// <summary>A port that an instance wants.</summary>
/// <param name="Purpose">What for.</param>
/// <param name="Parameter">The parameter, without prefix, that says which one is wanted.</param>
internal sealed record PortRequirement(string Purpose, string Parameter)
{
    /// <summary>The usual ports, when TLS has one of its own: it is wanted where TLS is spoken and nobody chose another than the usual one.</summary>
    public UsualPorts? Usual { get; init; }

    /// <summary>How many in a row; default 1.</summary>
    public int Count { get; init; } = 1;

    /// <summary>What the last one of several is for.</summary>
    public string? LastPurpose { get; init; }

    /// <summary>Whether it is listened on now and then only, so that a neighbour in the range is no conflict once it was given.</summary>
    public bool IsBrief { get; init; }
}

/// <summary>The ports that everybody expects of a protocol.</summary>
/// <param name="Plain">In plaintext.</param>
/// <param name="Tls">Over TLS.</param>
internal sealed record UsualPorts(int Plain, int Tls);

/// <summary>A secret of an instance.</summary>
/// <param name="Name">Behind the instance's name and a dot it is the secret's name in the deployment.</param>
/// <param name="Parameter">The parameter, without prefix, that may give it; null when it is always generated.</param>
internal sealed record InstanceSecret(string Name, string? Parameter)
{
    /// <summary>How one is generated; default: 32 characters that nothing has to escape.</summary>
    public Func<ByteSource, Secret> Make { get; init; } = SecretGenerator.Make;
}

/// <summary>An instance, the services that it carries and the secrets of both.</summary>
internal sealed record InstancePlanning(
    MessagingDeployment Deployment, BrokerInstance Instance, ImmutableArray<MessagingService> Services, DeploymentSecrets Secrets)
{
    /// <summary>Its certificates; null when it speaks plaintext.</summary>
    public InstanceCertificates? Certificates { get; init; }

    public Secret Secret(string name) => Secrets[$"{Instance.Name}.{name}"];
}

/// <summary>Where clients find a service that somebody else runs.</summary>
internal sealed record ExternalAddress
{
    /// <summary>The scheme of its URL, with its matchmaker when it has one: <c>rabbit</c>, <c>zmq+redis</c>.</summary>
    public required string Transport { get; init; }

    public required ImmutableArray<MessagingEndpoint> Endpoints { get; init; }

    public string? VirtualHost { get; init; }

    public string? UserName { get; init; }

    public Secret? Password { get; init; }

    public bool UseTls { get; init; }

    public ImmutableArray<UrlOption> Query { get; init; } = [];
}
