using System.Collections.Immutable;
using Twinbus.Deployment.Model;

namespace Twinbus.Deployment.Backends;

/// <summary>What a backend is and is not. It is asked before anything is tried, so that what cannot be is said at once.</summary>
public sealed record BackendCapabilities
{
    /// <summary>Its name in service files, such as <c>rabbitmq</c>.</summary>
    public required string Name { get; init; }

    /// <summary>As its makers write it.</summary>
    public required string Title { get; init; }

    /// <summary>The oslo.messaging driver that reaches it: a transport URL's scheme. Empty when each service says its own.</summary>
    public required string Transport { get; init; }

    /// <summary>What the names of its own parameters begin with, such as <c>Rabbit</c>.</summary>
    public required string ParameterPrefix { get; init; }

    /// <summary>Why it cannot carry RPC; null when it can.</summary>
    public string? RpcUnsupportedReason { get; init; }

    /// <summary>Why it cannot carry notifications; null when it can.</summary>
    public string? NotifyUnsupportedReason { get; init; }

    /// <summary>What an operator should know who has it carry notifications; null when there is nothing.</summary>
    public string? NotifyWarning { get; init; }

    /// <summary>Why this version of Twinbus does not deploy it; null when it does.</summary>
    public string? NotYetDeployedReason { get; init; }

    /// <summary>Whether the deployment makes a broker instance of it; otherwise it is external.</summary>
    public bool IsDeployed { get; init; } = true;

    /// <summary>Where its server cannot come from, each with the reason; unless a backend says otherwise, from the distribution's package only.</summary>
    public ImmutableDictionary<ServerSource, string> UnsupportedSources { get; init; } = new Dictionary<ServerSource, string>
    {
        [ServerSource.Installed] = "this version takes it from the distribution's package only",
        [ServerSource.Archive] = "this version takes it from the distribution's package only",
        [ServerSource.Image] = "this version takes it from the distribution's package only",
        [ServerSource.Embedded] = "this version takes it from the distribution's package only",
    }.ToImmutableDictionary();

    /// <summary>Whether messages wait while nobody listens.</summary>
    public required bool Stores { get; init; }

    /// <summary>Whether it keeps virtual hosts apart.</summary>
    public required bool HasVirtualHosts { get; init; }

    /// <summary>Why it has no virtual hosts; empty when it has.</summary>
    public string VirtualHostsUnsupportedReason { get; init; } = "";

    /// <summary>What clients log in with.</summary>
    public required LoginForm Login { get; init; }

    /// <summary>Whether clients log in.</summary>
    public bool Authenticates => Login is not LoginForm.None;

    /// <summary>Whether it speaks TLS with oslo.messaging's driver.</summary>
    public bool SpeaksTls { get; init; } = true;

    /// <summary>Whether services may share one instance of it.</summary>
    public bool CanBeShared { get; init; }

    /// <summary>Its character in words, for <c>twinbus explain</c>.</summary>
    public required BackendCharacter Character { get; init; }

    /// <summary>Why it cannot carry <paramref name="kind"/>; null when it can.</summary>
    public string? Refuses(MessagingKind kind) => kind is MessagingKind.Rpc ? RpcUnsupportedReason : NotifyUnsupportedReason;
}

/// <summary>What the clients of a backend log in with.</summary>
public enum LoginForm
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A password that all of them share.</summary>
    Password,

    /// <summary>A user and the user's password.</summary>
    UserAndPassword,
}

/// <summary>What an operator compares backends by; each a short phrase.</summary>
public sealed record BackendCharacter
{
    /// <summary>Broker, router or neither.</summary>
    public required string Kind { get; init; }

    /// <summary>Whether and where messages wait.</summary>
    public required string Storage { get; init; }

    /// <summary>In which order messages arrive.</summary>
    public required string Ordering { get; init; }

    /// <summary>How a fanout reaches every server.</summary>
    public required string Fanout { get; init; }

    /// <summary>What happens when nobody listens.</summary>
    public required string DeadListener { get; init; }

    /// <summary>Ports that it listens on.</summary>
    public required string Ports { get; init; }

    /// <summary>Where its logs are.</summary>
    public required string Logs { get; init; }

    /// <summary>How it is watched.</summary>
    public required string Monitoring { get; init; }

    /// <summary>How it survives a lost host.</summary>
    public required string Availability { get; init; }
}
