using Twinbus.Deployment.Model;
using Twinbus.Deployment.Oslo;

namespace Twinbus.Deployment.Backends.RabbitMq;

internal sealed class RabbitMqClientOptions : ClientOptions
{
    // RabbitMQ 4.0 warns of transient queues that are not exclusive, 4.3 refuses them.
    private static readonly Version Deprecating = new(4, 0);
    private static readonly Version Refusing = new(4, 3);

    private const string QueueType = RabbitMqParameters.QueueTypeName;

    public override string Scheme => "rabbit";

    public override string Group => "oslo_messaging_rabbit";

    public override int DefaultPort => RabbitMqPorts.Amqp;

    public override QueueKind? QueuesOf(BrokerInstance instance) => RabbitMqParameters.QueueTypeOf(instance) switch
    {
        null => null,
        RabbitMqQueuePolicy.Quorum => QueueKind.Quorum,
        "durable" => QueueKind.Durable,
        _ => QueueKind.Transient,
    };

    // A service declares one exchange for its calls and its notifications, and it is durable when their queues are.
    public override Problem? Conflict(MessagingBus rpc, MessagingBus notify) =>
        rpc.Endpoints.Intersect(notify.Endpoints).Any()
        && (rpc.VirtualHost ?? "/") == (notify.VirtualHost ?? "/")
        && rpc.Queues is { } calls && notify.Queues is { } notifications
        && (calls == QueueKind.Transient) != (notifications == QueueKind.Transient)
            ? new Problem(
                $"the messaging services {rpc.Name} and {notify.Name} have transient and durable queues in one virtual host",
                "a client declares one exchange for both there, which is either durable or not: RabbitMQ refuses the second declaration",
                "give one of them a virtual host of its own, or both the same kind of queues")
            : null;

    // It decodes the URL and writes another one for kombu, which decodes that again: user and password with urllib's quote(),
    // which leaves a slash as it is, and the virtual host as it came. In every release from 5.35.0 to 18.1.0.
    public override Func<char, bool> Loses(UrlPart part) => part switch
    {
        UrlPart.VirtualHost => static letter => "#%;?".Contains(letter, StringComparison.Ordinal) || char.IsControl(letter),
        _ => static letter => letter == '/',
    };

    public override void Describe(BusNeeds needs)
    {
        MessagingBus bus = needs.Bus;
        if (bus.Queues is { } queues)
        {
            Queues(needs, queues);
            TransientQueues(needs, bus, queues);
        }

        if (bus.Tls is { } tls)
        {
            Tls(needs, tls);
        }
        else
        {
            needs.Off("ssl", "false");
        }

        if (bus.HeartbeatSeconds is { } seconds)
        {
            needs.Set("heartbeat_timeout_threshold", $"{seconds}");
        }
    }

    private static void Queues(BusNeeds needs, QueueKind kind)
    {
        if (kind == QueueKind.Quorum)
        {
            needs.Set("rabbit_quorum_queue", "true", "set RabbitQueueType to durable, or use clients with that release or a newer one", QueueType);
            return;
        }

        needs.Off("rabbit_quorum_queue", "false");
        if (kind == QueueKind.Durable)
        {
            needs.Set("amqp_durable_queues", "true", parameter: QueueType);
        }
        else
        {
            needs.Off("amqp_durable_queues", "false");
        }
    }

    // Reply and fanout queues are transient unless told otherwise, whatever the others are; only RPC has them.
    private static void TransientQueues(BusNeeds needs, MessagingBus bus, QueueKind queues)
    {
        bool deprecated = bus.ServerVersion >= Deprecating;
        bool refused = bus.ServerVersion >= Refusing;
        if (queues == QueueKind.Transient)
        {
            if (refused)
            {
                needs.Wrong(
                    "has clients that declare transient queues",
                    $"RabbitMQ {bus.ServerVersion} refuses transient queues that are not exclusive",
                    "set RabbitQueueType to quorum or durable",
                    QueueType);
            }
            else if (deprecated)
            {
                needs.Doubt($"RabbitMQ {bus.ServerVersion} warns of transient queues, and 4.3 refuses them; choose quorum queues");
            }
        }

        if (bus.Kind != MessagingKind.Rpc)
        {
            return;
        }

        // With quorum queues they are replicated too, whatever the server: a call then survives the loss of a node.
        const string Option = "rabbit_transient_quorum_queue";
        bool known = needs.Release.Option("oslo_messaging_rabbit", Option) is not null;
        bool wanted = deprecated || (known && queues == QueueKind.Quorum);
        if (!wanted || queues == QueueKind.Transient)
        {
            needs.Off(Option, "false");
        }
        else if (refused || known)
        {
            needs.Set(
                Option,
                "true",
                $"RabbitMQ {bus.ServerVersion} refuses the reply and fanout queues that older clients declare: use a RabbitMQ before 4.3, or clients with that release or a newer one",
                QueueType);
        }
        else
        {
            needs.Doubt(
                $"oslo.messaging {needs.Release} declares reply and fanout queues that RabbitMQ {bus.ServerVersion} warns of and 4.3 refuses; upgrade the clients to 14.7.0 first");
        }
    }

    private static void Tls(BusNeeds needs, ClientTls tls)
    {
        needs.SetInUrl("ssl", "1");
        if ((tls.CaFile ?? needs.Given("ssl_ca_file")) is { } authority)
        {
            needs.Set("ssl_ca_file", authority);
            if (needs.Release.Option("oslo_messaging_rabbit", "ssl_enforce_hostname_verification") is not null)
            {
                needs.Set("ssl_enforce_hostname_verification", "true");
            }
            else
            {
                needs.Doubt($"oslo.messaging {needs.Release} verifies the server's certificate but not that it is of the host; 18.1.0 and debian-12 do");
            }
        }
        else
        {
            needs.Doubt("without a file of CAs oslo.messaging encrypts but verifies nothing; name one, such as the system's /etc/ssl/certs/ca-certificates.crt");
        }

        if (tls.CertificateFile is { } certificate)
        {
            needs.Set("ssl_cert_file", certificate);
        }

        if (tls.KeyFile is { } key)
        {
            needs.Set("ssl_key_file", key);
        }
    }
}
