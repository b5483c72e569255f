using System.Collections.Immutable;
using Twinbus.Deployment.Certificates;
using Twinbus.Deployment.Model;
using Twinbus.Hosts;
using Twinbus.Hosts.Kinds.Directories;
using Twinbus.Hosts.Kinds.Files;
using Twinbus.Hosts.Kinds.HostNames;
using Twinbus.Hosts.Kinds.Packages;
using Twinbus.Hosts.Kinds.Services;
using Twinbus.Hosts.Kinds.Users;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.RabbitMq.Cluster;
using Twinbus.Hosts.RabbitMq.Management;
using Twinbus.Hosts.RabbitMq.Permissions;
using Twinbus.Hosts.RabbitMq.Users;
using Twinbus.Hosts.RabbitMq.VirtualHosts;

namespace Twinbus.Deployment.Backends.RabbitMq;

/// <summary>The resources that make one RabbitMQ node.</summary>
internal sealed class RabbitMqNodePlan
{
    private const UnixFileMode OwnerAll = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnerAndGroup = OwnerAll | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;
    private const UnixFileMode ReadByGroup = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    // The package and Erlang's, which comes with it, start these by themselves.
    private static readonly string[] OwnUnits = ["rabbitmq-server.service", "epmd.service", "epmd.socket"];

    private readonly InstancePlanning planning;
    private readonly BrokerNode node;
    private readonly BrokerInstance instance;
    private readonly InstancePaths paths;
    private readonly RabbitMqMembers members;
    private readonly RabbitMqTls? tls;

    public RabbitMqNodePlan(InstancePlanning planning, BrokerNode node)
    {
        this.planning = planning;
        this.node = node;
        instance = planning.Instance;
        paths = instance.Paths;
        members = new RabbitMqMembers(planning, node);
        tls = instance.Tls is { } settings ? new RabbitMqTls(paths, settings) : null;
    }

    public ImmutableArray<StagePlan> Stages() =>
    [
        new(Stage.Prepare, Prepare()),
        new(Stage.Configure, Configure()),
        new(Stage.Start, [Service(), .. Certificate()]),
        .. members.HaveNames ? (StagePlan[])[new(Stage.Cluster, [Cluster()])] : [],
        // What is inside a cluster is inside every member.
        .. members.IsSeed ? (StagePlan[])[new(Stage.Provision, Provision())] : [],
    ];

    private ImmutableArray<Resource> Prepare() =>
    [
        // Before anything is made: a cluster comes to nothing without, and says so minutes later in Erlang's words.
        .. members.NamesToResolve.Select(name => new HostNameResource { HostName = name }),
        new PackageResource { Package = "rabbitmq-server", OwnUnits = OwnUnits },
        new UserResource { User = paths.SystemUser, Home = paths.Data },
        Shared("/etc/twinbus"),
        Shared("/var/lib/twinbus"),
        Shared("/var/log/twinbus"),
        new DirectoryResource { Path = paths.Config, Owner = "root", Group = paths.SystemUser, Mode = OwnerAndGroup },
        new DirectoryResource { Path = paths.Data, Owner = paths.SystemUser, Group = paths.SystemUser, Mode = OwnerAndGroup, OwnsContent = true },
        new DirectoryResource { Path = paths.Log, Owner = paths.SystemUser, Group = paths.SystemUser, Mode = OwnerAndGroup, OwnsContent = true },
    ];

    private ImmutableArray<Resource> Configure()
    {
        RabbitMqConfiguration configuration = new(instance, node, members, tls);
        return
        [
            .. tls?.Files(Identity, planning.Certificates!.Trusted) ?? [],
            .. Names(),
            Readable(RabbitMqFiles.Environment(paths), configuration.Environment()),
            Readable(RabbitMqFiles.Configuration(paths), configuration.Configuration()),
            Readable(RabbitMqFiles.Advanced(paths), configuration.Advanced()),
            Readable(RabbitMqFiles.Plugins(paths), RabbitMqConfiguration.Plugins()),
            new FileResource
            {
                Path = RabbitMqFiles.Definitions(paths),
                SecretContent = RabbitMqDefinitions.Text(planning.Secret(RabbitMqBackend.Administrator), planning.Secret(RabbitMqBackend.Cookie)),
                Group = paths.SystemUser,
                Mode = ReadByGroup,
            },
            new FileResource
            {
                Path = RabbitMqFiles.Cookie(paths),
                SecretContent = planning.Secret(RabbitMqBackend.Cookie),
                Owner = paths.SystemUser,
                Group = paths.SystemUser,
                Mode = UnixFileMode.UserRead,
            },
        ];
    }

    // Only the resolver is loaded at the start: hosts are read again when they change, peers by a node without data.
    private IEnumerable<Resource> Names() => !members.HaveNames
        ? []
        :
        [
            new DirectoryResource { Path = RabbitMqFiles.MoreConfiguration(paths), Group = paths.SystemUser, Mode = OwnerAndGroup },
            Readable(RabbitMqFiles.Peers(paths), members.Peers()),
            Readable(RabbitMqFiles.Hosts(paths), members.Hosts()),
            Readable(RabbitMqFiles.Resolver(paths), members.Resolver()),
        ];

    private ServiceResource Service() => new()
    {
        Unit = paths.Unit,
        Description = $"RabbitMQ {instance.FullName} for {string.Join(" and ", planning.Services.Select(service => service.Name))} messaging (twinbus)",
        Command = ["/usr/lib/rabbitmq/bin/rabbitmq-server"],
        User = paths.SystemUser,
        Environment = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["HOME"] = paths.Data,
            ["RABBITMQ_CONF_ENV_FILE"] = RabbitMqFiles.Environment(paths),
            // The start script then becomes the broker instead of waiting for it, so that the process watched is the broker.
            ["RUNNING_UNDER_SYSTEMD"] = "true",
        },
        WorkingDirectory = paths.Data,
        RuntimeDirectory = paths.Runtime,
        OutputFile = $"{paths.Log}/output.log",
        LoadedFiles =
        [
            RabbitMqFiles.Environment(paths),
            RabbitMqFiles.Configuration(paths),
            RabbitMqFiles.Advanced(paths),
            RabbitMqFiles.Plugins(paths),
            RabbitMqFiles.Definitions(paths),
            RabbitMqFiles.Cookie(paths),
            .. members.HaveNames ? (string[])[RabbitMqFiles.Resolver(paths)] : [],
            .. tls?.LoadedFile is { } distribution ? (string[])[distribution] : [],
        ],
        ReadyWhenListening = [$"{Reachable(node.ListenAddress)}:{instance.Ports[PortPurpose.Client]}", $"127.0.0.1:{instance.Ports[RabbitMqPorts.Management]}"],
        StartTimeoutSeconds = 300,
        StopTimeoutSeconds = 120,
        OpenFiles = RabbitMqParameters.Of(instance).OpenFiles,
        Guard = members.IsAlone ? null : Membership(),
    };

    private RabbitMqClusterResource Cluster() => new()
    {
        Membership = Membership(),
        Replicas = RabbitMqParameters.Of(instance).QuorumReplicas,
        Provisions = members.IsSeed,
    };

    private RabbitMqMembership Membership() => new() { Management = Management(), Members = members.NodeNames };

    // Not among the files of the service: a new certificate needs no restart.
    private IEnumerable<Resource> Certificate() => tls is null
        ? []
        : [tls.Certificate(Identity, planning.Certificates!.Trusted, CommandLine(), LoopbackOf(node.ListenAddress), instance.Ports[PortPurpose.Client])];

    private KeyedCertificate Identity => planning.Certificates!.Hosts[node.Host];

    private ImmutableArray<Resource> Provision()
    {
        RabbitMqManagement management = Management();
        ImmutableArray<Resource>.Builder resources = ImmutableArray.CreateBuilder<Resource>();
        resources.Add(new RabbitMqUserResource
        {
            Management = management,
            User = RabbitMqDefinitions.Administrator,
            Password = management.Password,
            Tags = ["administrator"],
        });
        resources.Add(new RabbitMqUserResource { Management = management, User = "guest", Absent = true });
        resources.AddRange(planning.Services.Select(service => service.VirtualHost!).Distinct()
            .Select(name => new RabbitMqVirtualHostResource { Management = management, VirtualHost = name }));
        foreach (IGrouping<string, MessagingService> user in planning.Services.GroupBy(service => service.UserName!))
        {
            resources.Add(new RabbitMqUserResource { Management = management, User = user.Key, Password = planning.Secrets[user.First().PasswordName!] });
            resources.Add(new RabbitMqPermissionsResource
            {
                Management = management,
                User = user.Key,
                Grants = [.. user.Select(service => service.VirtualHost!).Distinct().Select(Grant)],
            });
        }

        resources.AddRange(planning.Services.Select(service => service.VirtualHost!).Distinct()
            .Select(virtualHost => RabbitMqQueuePolicy.Of(instance, management, virtualHost)).OfType<Resource>());
        return resources.ToImmutable();
    }

    private RabbitMqManagement Management() => new()
    {
        Instance = instance.FullName,
        Port = instance.Ports[RabbitMqPorts.Management],
        UserName = RabbitMqDefinitions.Administrator,
        Password = planning.Secret(RabbitMqBackend.Administrator),
        Node = CommandLine(),
    };

    private RabbitMqNode CommandLine() => new()
    {
        NodeName = node.NodeName,
        SystemUser = paths.SystemUser,
        Home = paths.Data,
        EpmdPort = instance.Ports[RabbitMqPorts.Epmd],
        Environment = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["RABBITMQ_CONF_ENV_FILE"] = RabbitMqFiles.Environment(paths) },
    };

    // All that oslo.messaging does with its own names, and nothing with RabbitMQ's: replies go to the default exchange, amq.default.
    private static RabbitMqGrant Grant(string virtualHost) =>
        new(virtualHost, @"^(?!amq\.).*", @"^(amq\.default|(?!amq\.).*)$", @"^(?!amq\.).*");

    private FileResource Readable(string path, string content) => new() { Path = path, Content = content, Group = paths.SystemUser, Mode = ReadByGroup };

    private static DirectoryResource Shared(string path) => new() { Path = path };

    private static string Reachable(string address) =>
        LoopbackOf(address) is var reached && reached.Contains(':', StringComparison.Ordinal) ? $"[{reached}]" : reached;

    // What listens everywhere is reached on loopback.
    private static string LoopbackOf(string address) => address switch
    {
        "0.0.0.0" => "127.0.0.1",
        "::" => "::1",
        _ => address,
    };
}
