using Twinbus.Deployment.Model;

namespace Twinbus.Operations.Health;

/// <summary>
/// What to do when a service does not work, as the last part of a check's sentence. A broker of ours is mended by deploying
/// once more; an external one is not.
/// </summary>
internal sealed record ServiceRemedies
{
    private static readonly ServiceRemedies Ours = new()
    {
        NobodyListens = "is the broker running? twinbus up starts it, twinbus show paths says where its log is",
        UserRefused = "the user is gone or has another password than this deployment; twinbus up mends that",
        VirtualHostRefused = "the virtual host or the permission is gone; twinbus up mends that",
        OperationRefused = "twinbus up mends its permissions",
    };

    private static readonly ServiceRemedies Theirs = new()
    {
        NobodyListens = "is it the right port, and does the broker run? It is external: ask there",
        UserRefused = "there is no such user or it has another password; the broker is external: ask there, and deploy what you are told",
        VirtualHostRefused = "there is no such virtual host or the user has no permission in it; the broker is external: ask there, or deploy the right name",
        OperationRefused = "the broker is external: ask there for the permissions to configure, write and read",
    };

    /// <summary>Nothing listens at the port.</summary>
    public required string NobodyListens { get; init; }

    /// <summary>The broker does not let the user in.</summary>
    public required string UserRefused { get; init; }

    /// <summary>The broker does not let the user into the virtual host.</summary>
    public required string VirtualHostRefused { get; init; }

    /// <summary>The user may not do what its service must.</summary>
    public required string OperationRefused { get; init; }

    public static ServiceRemedies For(MessagingService service) => service.Instance is null ? Theirs : Ours;
}
