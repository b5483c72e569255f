using System.Collections.Immutable;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Secrets;
using Twinbus.Hosts;

namespace Twinbus.Deployment.Oslo;

/// <summary>Which queues a RabbitMQ shall hold for its clients: theirs to declare, so the clients are told.</summary>
public enum QueueKind
{
    /// <summary>Classic queues that are gone with the broker: the default of oslo.messaging.</summary>
    Transient,

    /// <summary>Classic queues that outlive a restart of the broker.</summary>
    Durable,

    /// <summary>Quorum queues: replicated and durable.</summary>
    Quorum,
}

/// <summary>A messaging service as one of its clients sees it.</summary>
public sealed record MessagingBus
{
    /// <summary>The service's name, such as <c>rpc</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it carries.</summary>
    public required MessagingKind Kind { get; init; }

    /// <summary>The scheme of its transport URL: <c>rabbit</c>, <c>amqp</c>, <c>kafka</c>, <c>zmq</c> or <c>zmq+redis</c>.</summary>
    public required string Transport { get; init; }

    /// <summary>Where clients connect, in order; at least one.</summary>
    public required ImmutableArray<MessagingEndpoint> Endpoints { get; init; }

    /// <summary>The user to log in as; null: no login.</summary>
    public string? UserName { get; init; }

    /// <summary>The user's password; null when it has none.</summary>
    public Secret? Password { get; init; }

    /// <summary>Its virtual host; null and <c>/</c> are the default one.</summary>
    public string? VirtualHost { get; init; }

    /// <summary>TLS as the client needs it; null: plaintext.</summary>
    public ClientTls? Tls { get; init; }

    /// <summary>Which queues the clients shall declare on a RabbitMQ; null: not ours to say, for an external broker.</summary>
    public QueueKind? Queues { get; init; }

    /// <summary>Major and minor version of the server; null when nobody knows.</summary>
    public Version? ServerVersion { get; init; }

    /// <summary>Seconds after which a silent RabbitMQ is given up; null: the client's default, 60.</summary>
    public int? HeartbeatSeconds { get; init; }

    /// <summary>Further keys of the transport URL's query, as an operator gave them.</summary>
    public ImmutableArray<UrlOption> Query { get; init; } = [];

    /// <summary>The service's bus; its password is looked up in <paramref name="secrets"/>, or stays hidden without them.</summary>
    internal static MessagingBus Of(MessagingService service, DeploymentSecrets? secrets) => new()
    {
        Name = service.Name,
        Kind = service.Kind,
        Transport = service.Transport,
        Endpoints = service.Endpoints,
        UserName = service.UserName,
        Password = service.PasswordName is { } name ? secrets is null ? new Secret(Secret.Redacted) : secrets[name] : null,
        VirtualHost = service.VirtualHost,
        Tls = service.Tls,
        Query = service.Query,
    };

    /// <summary>The service's bus with the queues that its instance is for.</summary>
    internal static MessagingBus Of(MessagingDeployment deployment, MessagingService service, DeploymentSecrets? secrets, ClientOptions? options) => Of(service, secrets) with
    {
        ServerVersion = deployment.InstanceOf(service)?.ServerVersion,
        Queues = deployment.InstanceOf(service) is { } instance ? options?.QueuesOf(instance) : null,
    };
}

/// <summary>How a client sends its notifications.</summary>
public sealed record NotificationSettings
{
    /// <summary>The driver of the notifier: <c>messagingv2</c> (default), <c>messaging</c>, <c>log</c>, <c>noop</c>, ...</summary>
    public string Driver { get; init; } = "messagingv2";

    /// <summary>Topics that each notification is sent to; default <c>notifications</c>.</summary>
    public ImmutableArray<string> Topics { get; init; } = ["notifications"];

    /// <summary>Attempts after a failed one: -1 without end, 0 none; null: the client's default, -1.</summary>
    public int? Retry { get; init; }

    // A topic that was not made may lose its first notifications: those that were made are those to send to.
    internal static NotificationSettings Of(MessagingDeployment deployment, MessagingService service, ClientOptions? options) =>
        deployment.InstanceOf(service) is { } instance && options?.TopicsOf(instance) is { IsEmpty: false } topics
            ? new NotificationSettings { Topics = topics }
            : new NotificationSettings();
}
