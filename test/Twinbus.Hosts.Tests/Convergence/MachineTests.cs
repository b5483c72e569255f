using System.Text.Json.Nodes;
using System.Net.Http.Headers;
using System.Text;
using Twinbus.Hosts.Convergence;
using Twinbus.Hosts.Resources;
using Twinbus.Hosts.Running;
using Twinbus.Testing;

namespace Twinbus.Hosts.Tests.Convergence;

/// <summary>A broker instance of its own on this very machine: user, directories, cookie, service; removed at the end.</summary>
[Trait("Needs", "Root")]
public sealed class MachineTests : IAsyncLifetime
{
    private const string Name = "twinbus-hosts-test";

    private readonly HostRunner runner = new(new RunnerOptions());
    private readonly List<HostEvent> events = [];
    private readonly RabbitMqManagement management = new()
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

    private readonly int amqp = FreePort.Next();
    private readonly int distribution = FreePort.Next();

    public async ValueTask InitializeAsync() => await RemoveAsync();

    public async ValueTask DisposeAsync() => await RemoveAsync();

    [Fact]
    public async Task ABrokerIsDeployedKilledMendedAndRemoved()
    {
        Assert.True(Posix.IsRoot, "This test changes the machine and needs root.");

        var check = await CheckAsync();
        var first = await DeployAsync();
        Assert.True(first.Succeeded, first.Failures.FirstOrDefault()?.ToString());
        Assert.Equal(check.Changes.Select(c => c.Name), first.Changes.Select(c => c.Name));

        var start = TimeProvider.System.GetTimestamp();
        var second = await DeployAsync();
        var took = TimeProvider.System.GetElapsedTime(start);
        Assert.Empty(second.Changes);
        Assert.True(took < TimeSpan.FromMilliseconds(500), $"A deploy with nothing to do took {took.TotalMilliseconds} ms.");

        Posix.Signal(ServiceKeeper.MainProcess(Name, "/run/" + Name)!.Value, Posix.SignalKill);
        var mended = await DeployAsync();
        Assert.True(mended.Succeeded, mended.Failures.FirstOrDefault()?.ToString());
        Assert.Equal([("service", ResourceAction.Start)], mended.Changes.Select(c => (c.Kind, c.Action)));

        await DeleteAdministratorAsync();
        var planned = await CheckAsync();
        var repaired = await DeployAsync();
        Assert.Equal(["rabbitmq-user"], planned.Changes.Select(c => c.Kind));
        Assert.True(repaired.Succeeded, repaired.Failures.FirstOrDefault()?.ToString());
        Assert.Equal(["rabbitmq-user"], repaired.Changes.Select(c => c.Kind));
        Assert.Contains("made anew", repaired.Changes[0].Detail, StringComparison.Ordinal);

        Assert.DoesNotContain(events, e => e.ToString().Contains("canary", StringComparison.Ordinal));
        var removed = await RemoveAsync();
        Assert.True(removed.Succeeded, removed.Failures.FirstOrDefault()?.ToString());
        Assert.Null(new Accounts(new HostLayout()).UserId(Name));
        Assert.False(Directory.Exists("/var/lib/" + Name));
        Assert.False(Directory.Exists("/run/" + Name));
        Assert.Empty(ProcessTable.Find(ProcessTable.ServiceMark, Name));
    }

    private Task<RunReport> CheckAsync() => runner.CheckAsync(PlanOf(), new Recorder(events), TestContext.Current.CancellationToken);

    private Task<RunReport> DeployAsync() => runner.DeployAsync(PlanOf(), new Recorder(events), TestContext.Current.CancellationToken);

    private Task<RunReport> RemoveAsync() => runner.RemoveAsync(Name, ["here"], purgePackages: false, new Recorder(events), default);

    private async Task DeleteAdministratorAsync()
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"http://127.0.0.1:{management.Port}/api/users/administrator");
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("administrator:canary-administrator")));
        using var response = await client.SendAsync(request);
        response.EnsureSuccessStatusCode();
    }

    private Plan PlanOf() => new()
    {
        Deployment = Name,
        Hosts =
        [
            new HostPlan
            {
                Host = "here",
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
                            Management = management, User = "administrator", Password = management.Password, Tags = ["administrator"],
                        },
                        new RabbitMqUserResource { Management = management, User = "guest", Absent = true },
                        new RabbitMqVirtualHostResource { Management = management, VirtualHost = "/" },
                    ]),
                ],
            },
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
                listeners.tcp.1 = 127.0.0.1:{amqp}
                management.tcp.ip = 127.0.0.1
                management.tcp.port = {management.Port}
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
                    ["password_hash"] = BrokerPassword.Hash(management.Password, "salt"u8),
                    ["hashing_algorithm"] = "rabbit_password_hashing_sha256",
                    ["tags"] = "administrator",
                }),
                ["vhosts"] = new JsonArray(new JsonObject { ["name"] = "/" }),
            }.ToJsonString()),
            Group = Name,
            Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead,
        };
    }

    private ServiceResource Service() => new()
    {
        Unit = Name,
        Description = "A broker of a test",
        Command = ["/usr/lib/rabbitmq/bin/rabbitmq-server"],
        User = Name,
        WorkingDirectory = "/var/lib/" + Name,
        RuntimeDirectory = "/run/" + Name,
        OutputFile = $"/var/log/{Name}/output.log",
        LoadedFiles = [$"/etc/{Name}/rabbitmq.conf", $"/etc/{Name}/enabled_plugins"],
        ReadyWhenListening = [$"127.0.0.1:{amqp}", $"127.0.0.1:{management.Port}"],
        Environment = new Dictionary<string, string>
        {
            ["HOME"] = "/var/lib/" + Name,
            ["RABBITMQ_NODENAME"] = management.Node!.NodeName,
            ["RABBITMQ_CONFIG_FILE"] = $"/etc/{Name}/rabbitmq",
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = $"/etc/{Name}/enabled_plugins",
            ["RABBITMQ_CONF_ENV_FILE"] = $"/etc/{Name}/rabbitmq-env.conf",
            ["RABBITMQ_MNESIA_BASE"] = $"/var/lib/{Name}/data",
            ["RABBITMQ_LOG_BASE"] = "/var/log/" + Name,
            ["RABBITMQ_DIST_PORT"] = $"{distribution}",
            ["ERL_EPMD_PORT"] = $"{management.Node.EpmdPort}",
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
            ["RUNNING_UNDER_SYSTEMD"] = "true",
        },
    };

    private sealed class Recorder(List<HostEvent> events) : IProgress<HostEvent>
    {
        public void Report(HostEvent value) => events.Add(value);
    }
}
