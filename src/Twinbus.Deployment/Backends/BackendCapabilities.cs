using Twinbus.Deployment.Model;

namespace Twinbus.Deployment.Backends;

/// <summary>What a backend is and is not. It is asked before anything is tried, so that what cannot be is said at once.</summary>
public sealed record BackendCapabilities
{
    /// <summary>Its name in service files, such as <c>rabbitmq</c>.</summary>
    public required string Name { get; init; }

    /// <summary>As its makers write it.</summary>
    public required string Title { get; init; }

    /// <summary>The oslo.messaging driver that reaches it: a transport URL's scheme. Empty when the URL itself says.</summary>
    public required string Transport { get; init; }

    /// <summary>Why it cannot carry RPC; null when it can.</summary>
    public string? NoRpcBecause { get; init; }

    /// <summary>Why it cannot carry notifications; null when it can.</summary>
    public string? NoNotifyBecause { get; init; }

    /// <summary>Why this version of Twinbus does not deploy it; null when it does.</summary>
    public string? NotDeployedBecause { get; init; }

    /// <summary>Whether messages wait while nobody listens.</summary>
    public required bool Stores { get; init; }

    /// <summary>Whether it keeps virtual hosts apart.</summary>
    public required bool HasVirtualHosts { get; init; }

    /// <summary>Whether clients log in.</summary>
    public required bool Authenticates { get; init; }

    /// <summary>Whether services may share one instance of it.</summary>
    public bool CanBeShared { get; init; }

    /// <summary>Why it cannot carry <paramref name="kind"/>; null when it can.</summary>
    public string? Refuses(MessagingKind kind) => kind is MessagingKind.Rpc ? NoRpcBecause : NoNotifyBecause;
}
