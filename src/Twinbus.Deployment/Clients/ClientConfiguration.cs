using Twinbus.Deployment.Clients.Releases;

namespace Twinbus.Deployment.Clients;

/// <summary>The messaging that one client is given: a bus for each kind of traffic.</summary>
public sealed record ClientConfiguration
{
    /// <summary>Where it calls and is called; null: nowhere.</summary>
    public MessagingBus? Rpc { get; init; }

    /// <summary>Where it notifies; null: nowhere, its notifications are dropped.</summary>
    public MessagingBus? Notify { get; init; }

    /// <summary>How it notifies.</summary>
    public NotificationSettings Notifications { get; init; } = new();

    /// <summary>The release of oslo.messaging that it has; null: nobody said, and the newest that has the drivers is taken.</summary>
    public OsloRelease? Release { get; init; }
}
