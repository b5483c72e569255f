using System.Collections.Immutable;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Oslo;
using Twinbus.Hosts;

namespace Twinbus.Deployment.Clients.Tests;

/// <summary>The deployed shapes that clients are configured for.</summary>
internal static class Shapes
{
    public static MessagingBus Rpc { get; } = new()
    {
        Name = "rpc",
        Kind = MessagingKind.Rpc,
        Transport = "rabbit",
        Endpoints = [new MessagingEndpoint("rpc1.example.org", 5672), new MessagingEndpoint("rpc2.example.org", 5672)],
        UserName = "rpc",
        Password = new Secret("rpc-s3cret"),
        VirtualHost = "/",
        Queues = QueueKind.Transient,
    };

    public static MessagingBus Notify { get; } = Rpc with
    {
        Name = "notify",
        Kind = MessagingKind.Notify,
        Endpoints = [new MessagingEndpoint("notify1.example.org", 5671)],
        UserName = "notify",
        Password = new Secret("notify/p@ss#1"),
    };

    public static MessagingBus Kafka { get; } = Notify with
    {
        Transport = "kafka",
        Endpoints = [new MessagingEndpoint("kafka1.example.org", 9093), new MessagingEndpoint("kafka2.example.org", 9093)],
        VirtualHost = null,
    };

    public static ClientTls Authority { get; } = new() { CaFile = "/etc/twinbus/ca.pem" };

    /// <summary>One RabbitMQ for both, each with its user.</summary>
    public static ClientConfiguration Shared { get; } = new()
    {
        Rpc = Rpc,
        Notify = Notify with { Endpoints = Rpc.Endpoints },
    };

    /// <summary>Two RabbitMQs; the one for notifications speaks TLS and has a virtual host and quorum queues.</summary>
    public static ClientConfiguration Dual { get; } = new()
    {
        Rpc = Rpc,
        Notify = Notify with { Tls = Authority, VirtualHost = "/telemetry", Queues = QueueKind.Quorum },
    };

    /// <summary>Two RabbitMQs under one CA, with durable queues.</summary>
    public static ClientConfiguration Secure { get; } = new()
    {
        Rpc = Rpc with { Tls = Authority, Queues = QueueKind.Durable },
        Notify = Notify with { Tls = Authority, Queues = QueueKind.Durable },
    };

    /// <summary>RabbitMQ for RPC, Kafka with TLS and a login for notifications.</summary>
    public static ClientConfiguration RabbitAndKafka { get; } = new()
    {
        Rpc = Rpc with { Queues = QueueKind.Quorum, Tls = Authority },
        Notify = Kafka with { Tls = new ClientTls { CaFile = "/etc/twinbus/kafka-ca.pem" } },
    };

    /// <summary>External brokers, with what their owners asked for in the URLs.</summary>
    public static ClientConfiguration External { get; } = new()
    {
        Rpc = Rpc with
        {
            Endpoints = [new MessagingEndpoint("2001:db8::10", 5671), new MessagingEndpoint("192.0.2.10", 5671)],
            UserName = "cloud@corp",
            Password = new Secret("a/b:c@d?e#f%20 $x"),
            VirtualHost = "cloud/a",
            Tls = new ClientTls
            {
                CaFile = "/etc/pki/corp.pem",
                CertificateFile = "/etc/pki/client.pem",
                KeyFile = "/etc/pki/client.key",
            },
            Queues = null,
            HeartbeatSeconds = 30,
            Query = [new UrlOption("kombu_failover_strategy", "shuffle")],
        },
        Notify = null,
    };

    public static MessagingBus Router { get; } = Rpc with
    {
        Transport = "amqp",
        Endpoints = [new MessagingEndpoint("router.example.org", 31459)],
    };

    public static ImmutableArray<Problem> ProblemsOf(Func<object> action) => Xunit.Assert.Throws<DeploymentException>(action).Problems;
}
