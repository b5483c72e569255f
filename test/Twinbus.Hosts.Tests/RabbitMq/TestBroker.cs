using System.Text.Json.Nodes;
using Twinbus.Hosts.Kinds.Directories;
using Twinbus.Hosts.Kinds.Files;
using Twinbus.Hosts.Kinds.Packages;
using Twinbus.Hosts.Kinds.Services;
using Twinbus.Hosts.Kinds.Users;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Platform;
using Twinbus.Hosts.RabbitMq.Management;
using Twinbus.Hosts.RabbitMq.Users;
using Twinbus.Hosts.RabbitMq.VirtualHosts;
using Twinbus.Testing;

namespace Twinbus.Hosts.Tests.RabbitMq;

/// <summary>The plan of a RabbitMQ instance of its own, small but whole.</summary>
internal sealed class TestBroker
{
    public const string Name = "twinbus-hosts-test";

    private readonly int distribution = FreePort.Next();

    public int Amqp { get; } = FreePort.Next();

    public RabbitMqManagement Management { get; } = new()
    {
        Instance = Name,
        Port = FreePort.Next(),
        UserName = "administrator",
        Password = new Secret("canary-administrator"),
        Node = new RabbitMqNode
        {
            NodeName = Name + "@localhost",
            SystemUser = Name,
            Home = "/var/lib/" + Name,
            EpmdPort = FreePort.Next(),
        },
    };

    public Plan PlanOf(params string[] hosts) => new()
    {
        Deployment = Name,
        Hosts =
        [
            .. hosts.Select(host => new HostPlan
            {
                Host = host,
                Stages =
                [
                    new StagePlan(Stage.Prepare,
                    [
                        new PackageResource { Package = "rabbitmq-server", OwnUnits = ["rabbitmq-server"] },
                        new UserResource { User = Name, Home = "/var/lib/" + Name },
                        new DirectoryResource { Path = "/etc/" + Name, Group = Name },
                        new DirectoryResource { Path = "/var/lib/" + Name, Owner = Name, Group = Name, OwnsContent = true },
                        new DirectoryResource { Path = "/var/log/" + Name, Owner = Name, Group = Name, OwnsContent = true },
                    ]),
                    new StagePlan(Stage.Configure, [.. Files()]),
                    new StagePlan(Stage.Start, [Service()]),
                    new StagePlan(Stage.Provision,
                    [
                        new RabbitMqUserResource
                        {
                            Management = Management, User = "administrator", Password = Management.Password, Tags = ["administrator"],
                        },
                        new RabbitMqUserResource { Management = Management, User = "guest", Absent = true },
                        new RabbitMqVirtualHostResource { Management = Management, VirtualHost = "/" },
                    ]),
                ],
            }),
        ],
    };

    private IEnumerable<Resource> Files()
    {
        yield return new FileResource
        {
            Path = $"/var/lib/{Name}/.erlang.cookie",
            SecretContent = new Secret("CANARYCOOKIE"),
            Owner = Name,
            Group = Name,
            Mode = UnixFileMode.UserRead,
        };
        yield return new FileResource
        {
            Path = $"/etc/{Name}/rabbitmq.conf",
            Content = $"""
                listeners.tcp.1 = 127.0.0.1:{Amqp}
                management.tcp.ip = 127.0.0.1
                management.tcp.port = {Management.Port}
                load_definitions = /etc/{Name}/definitions.json

                """,
        };
        yield return new FileResource { Path = $"/etc/{Name}/enabled_plugins", Content = "[rabbitmq_management].\n" };
        yield return new FileResource
        {
            Path = $"/etc/{Name}/definitions.json",
            SecretContent = new Secret(new JsonObject
            {
                ["users"] = new JsonArray(new JsonObject
                {
                    ["name"] = "administrator",
                    ["password_hash"] = PasswordHash.Of(Management.Password, "salt"u8),
                    ["hashing_algorithm"] = "rabbit_password_hashing_sha256",
                    ["tags"] = "administrator",
                }),
                ["vhosts"] = new JsonArray(new JsonObject { ["name"] = "/" }),
            }.ToJsonString()),
            Group = Name,
            Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead,
        };
    }

    public ServiceResource Service() => new()
    {
        Unit = Name,
        Description = "A broker of a test",
        Command = ["/usr/lib/rabbitmq/bin/rabbitmq-server"],
        User = Name,
        WorkingDirectory = "/var/lib/" + Name,
        RuntimeDirectory = "/run/" + Name,
        OutputFile = $"/var/log/{Name}/output.log",
        LoadedFiles = [$"/etc/{Name}/rabbitmq.conf", $"/etc/{Name}/enabled_plugins"],
        ReadyWhenListening = [$"127.0.0.1:{Amqp}", $"127.0.0.1:{Management.Port}"],
        Environment = new Dictionary<string, string>
        {
            ["HOME"] = "/var/lib/" + Name,
            ["RABBITMQ_NODENAME"] = Management.Node!.NodeName,
            ["RABBITMQ_CONFIG_FILE"] = $"/etc/{Name}/rabbitmq",
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = $"/etc/{Name}/enabled_plugins",
            ["RABBITMQ_CONF_ENV_FILE"] = $"/etc/{Name}/rabbitmq-env.conf",
            ["RABBITMQ_MNESIA_BASE"] = $"/var/lib/{Name}/data",
            ["RABBITMQ_LOG_BASE"] = "/var/log/" + Name,
            ["RABBITMQ_DIST_PORT"] = $"{distribution}",
            ["ERL_EPMD_PORT"] = $"{Management.Node.EpmdPort}",
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
            ["RUNNING_UNDER_SYSTEMD"] = "true",
        },
    };
}
