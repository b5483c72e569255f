using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Oslo;
using Twinbus.Deployment.Secrets;

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

    internal BackendRegistry Backends { get; init; } = BackendRegistry.Shipped;

    /// <summary>What a client of a deployment is given.</summary>
    /// <param name="deployment">The deployment.</param>
    /// <param name="secrets">The deployment's secrets; null: passwords can be shown hidden only.</param>
    /// <param name="client">The client; null for any. A messaging service made for it, such as <c>rpc-nova</c>, is its own.</param>
    /// <param name="release">Its release of oslo.messaging; null: the one that the deployment names, if any.</param>
    /// <exception cref="DeploymentException">The release that the deployment names does not exist, or a password is missing.</exception>
    public static ClientConfiguration Of(MessagingDeployment deployment, DeploymentSecrets? secrets, ClientService? client = null, OsloRelease? release = null) =>
        Of(deployment, secrets, BackendRegistry.Shipped, client, release);

    internal static ClientConfiguration Of(
        MessagingDeployment deployment, DeploymentSecrets? secrets, BackendRegistry backends, ClientService? client = null, OsloRelease? release = null)
    {
        ArgumentNullException.ThrowIfNull(deployment);
        MessagingService? rpc = ClientService.Choose(deployment, MessagingKind.Rpc, client);
        MessagingService? notify = ClientService.Choose(deployment, MessagingKind.Notify, client);
        string? named = rpc?.OsloMessagingRelease ?? notify?.OsloMessagingRelease;
        return new ClientConfiguration
        {
            Rpc = rpc is null ? null : MessagingBus.Of(deployment, rpc, secrets, backends.ClientOptionsOf(rpc.Transport)),
            Notify = notify is null ? null : MessagingBus.Of(deployment, notify, secrets, backends.ClientOptionsOf(notify.Transport)),
            Notifications = notify is null ? new() : NotificationSettings.Of(deployment, notify, backends.ClientOptionsOf(notify.Transport)),
            Release = release ?? (named is null ? null : OsloReleases.Find(named)),
            Backends = backends,
        };
    }
}
