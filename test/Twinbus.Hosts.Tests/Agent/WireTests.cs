using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Twinbus.Hosts.Agent;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Kinds.Directories;
using Twinbus.Hosts.Kinds.Files;
using Twinbus.Hosts.Kinds.HostNames;
using Twinbus.Hosts.Kinds.Packages;
using Twinbus.Hosts.Kinds.Ports;
using Twinbus.Hosts.Kinds.Services;
using Twinbus.Hosts.Kinds.Users;
using Twinbus.Hosts.Locks;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Platform;
using Twinbus.Hosts.RabbitMq;
using Twinbus.Hosts.RabbitMq.Certificates;
using Twinbus.Hosts.RabbitMq.Cluster;
using Twinbus.Hosts.RabbitMq.Management;
using Twinbus.Hosts.RabbitMq.Permissions;
using Twinbus.Hosts.RabbitMq.Policies;
using Twinbus.Hosts.RabbitMq.Users;
using Twinbus.Hosts.RabbitMq.VirtualHosts;

namespace Twinbus.Hosts.Tests.Agent;

public sealed class WireTests : IDisposable
{
    private readonly TestHost host = new();

    public void Dispose() => host.Dispose();

    [Fact]
    public void EveryKindOfResourceSurvivesTheWireWithItsSecrets()
    {
        var management = new RabbitMqManagement
        {
            Instance = "i",
            Port = 1,
            UserName = "u",
            Password = new Secret("canary"),
            Node = new RabbitMqNode { NodeName = "n@h", SystemUser = "s", Home = "/h", EpmdPort = 2, Environment = new Dictionary<string, string> { ["A"] = "b" } },
        };
        Resource[] resources =
        [
            new PortReservationResource { Unit = "s", Ports = [new PortRange(1, 1), new PortRange(3, 9)] },
            new HostNameResource { HostName = "h2" },
            new PackageResource { Package = "p", OwnUnits = ["u"] },
            new UserResource { User = "u", Home = "/h" },
            new DirectoryResource { Path = "/d", OwnsContent = true },
            new FileResource { Path = "/f", SecretContent = new Secret("canary\n\"ü") },
            new ServiceResource
            {
                Unit = "s", Description = "d", Command = ["/c", "a b"], User = "u", WorkingDirectory = "/w", RuntimeDirectory = "/r", OutputFile = "/o",
                Environment = new Dictionary<string, string> { ["Kept_As"] = "it is" },
                Guard = new RabbitMqMembership { Management = management, Members = ["a@h1", "a@h2"] },
            },
            new RabbitMqVirtualHostResource { Management = management, VirtualHost = "/" },
            new RabbitMqUserResource { Management = management, User = "u", Password = new Secret("canary") },
            new RabbitMqPermissionsResource { Management = management, User = "u", Grants = [new RabbitMqGrant("/", "a", "b", "c")] },
            new RabbitMqCertificateResource { Instance = "i", Unit = "s", Node = management.Node, Address = "::1", Port = 1, Sha256 = "0", ClientAuthorities = ["CN=a"] },
            new RabbitMqClusterResource { Membership = new RabbitMqMembership { Management = management, Members = ["a@h1", "a@h2"] }, Provisions = true },
            new RabbitMqPolicyResource { Management = management, VirtualHost = "/", Policy = "p", Pattern = ".*", Definition = new Dictionary<string, string> { ["max-length"] = "1" } },
        ];
        var kinds = new[] { typeof(Resource), typeof(RabbitMqKinds) }.Sum(type => type.Assembly.GetTypes().Count(t => t.IsSubclassOf(typeof(Resource))));
        Assert.Equal(kinds, resources.Length);

        var json = JsonSerializer.Serialize(Request(resources), AgentJson.Revealing(TestHost.Kinds).Request);
        var back = (ConvergeRequest)JsonSerializer.Deserialize(json, AgentJson.Revealing(TestHost.Kinds).Request)!;

        Assert.Equal(json, JsonSerializer.Serialize(back, AgentJson.Revealing(TestHost.Kinds).Request));
        Assert.Equal("canary\n\"ü", ((FileResource)back.Plan!.Stages[0].Resources[5]).SecretContent!.Reveal());
        Assert.Equal("it is", ((ServiceResource)back.Plan!.Stages[0].Resources[6]).Environment["Kept_As"]);
        Assert.DoesNotContain('\n', json);
    }

    [Fact]
    public void ARequestWithoutAPlanSurvivesTheWire()
    {
        var json = JsonSerializer.Serialize(Request() with { Plan = null }, AgentJson.Revealing(TestHost.Kinds).Request);

        Assert.Null(((ConvergeRequest)JsonSerializer.Deserialize(json, AgentJson.Revealing(TestHost.Kinds).Request)!).Plan);
    }

    [Fact]
    public void OutsideTheWireASecretIsRedacted()
    {
        var request = Request(new FileResource { Path = "/f", SecretContent = new Secret("canary") });

        Assert.DoesNotContain("canary", JsonSerializer.Serialize(request, AgentJson.Redacted(TestHost.Kinds).Request), StringComparison.Ordinal);
        Assert.DoesNotContain("canary", request.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnAgentProgramChecksThenConvergesWhatItIsAskedTo()
    {
        var file = host.File("a.conf", "x\n");
        using var agent = new AgentPipes(host);
        await agent.SendAsync(JsonSerializer.Serialize(Request(file), AgentJson.Revealing(TestHost.Kinds).Request));

        Assert.NotNull(Assert.IsType<HostReached>(await agent.NextAsync()).Agent);
        Assert.Equal("here", Assert.IsType<HostReached>(await agent.NextAsync()).Host);
        Assert.Equal(ResourceAction.Create, Assert.IsType<ResourceChecked>(await agent.NextAsync()).Action);
        Assert.Equal(1, Assert.IsType<HostChecked>(await agent.NextAsync()).Pending);
        Assert.False(File.Exists(file.Path));

        await agent.SendAsync("""{"command":"still-here"}""");
        Assert.IsType<HostAlive>(await agent.NextAsync());
        await agent.SendAsync("""{"command":"apply","stage":"Configure"}""");
        Assert.IsType<StageBegun>(await agent.NextAsync());
        Assert.IsType<ResourceConverged>(await agent.NextAsync());
        Assert.IsType<StageEnded>(await agent.NextAsync());
        Assert.True(File.Exists(file.Path));

        await agent.SendAsync("""{"command":"finish"}""");
        Assert.IsType<FactsRead>(await agent.NextAsync());
        Assert.IsType<HostEnded>(await agent.NextAsync());
        Assert.Equal(0, await agent.Exit);
    }

    [Fact]
    public async Task AnAgentThatIsSecondSaysWhoseThePortIsAndLeavesNothingWhenTheRunEnds()
    {
        var other = Ledger.Open(host.Layout, "one");
        other.Add(new LedgerEntry(PortReservationResource.KindName, "twinbus-one").With("ports", "2 7-9"));
        other.Add(new LedgerEntry(FileResource.KindName, "/etc/one.conf"));
        var claim = new PortReservationResource { Unit = "twinbus-test", Ports = [new PortRange(8, 8)] };
        using var agent = new AgentPipes(host);
        var request = Request() with { Plan = new HostPlan { Host = "here", Stages = [new StagePlan(Stage.Reserve, [claim])] } };
        await agent.SendAsync(JsonSerializer.Serialize(request, AgentJson.Revealing(TestHost.Kinds).Request));

        await agent.SendAsync("""{"command":"apply","stage":"Reserve"}""");
        HostEvent happened;
        do
        {
            happened = await agent.NextAsync();
        }
        while (happened is not ReservationRefused and not StageEnded);

        var refused = Assert.IsType<ReservationRefused>(happened);
        Assert.Equal((HostFailureReason.PortTaken, "Port 8 is no longer free."), (refused.Failure.Reason, refused.Failure.What));
        Assert.Contains("deployment one", refused.Failure.Why, StringComparison.Ordinal);
        Assert.Equal([new PortRange(2, 2), new PortRange(7, 9)], refused.Facts.Reserved.Select(claimed => claimed.Ports));
        await agent.HangUpAsync();
        Assert.Equal(0, await agent.Exit);
        Assert.Equal([Path.Combine(host.Layout.Ledgers, "one.json")], Directory.EnumerateFiles(host.Layout.Ledgers));
    }

    [Fact]
    public async Task AnAgentWhoseRunnerIsGoneEndsAndGivesUpItsLock()
    {
        using var agent = new AgentPipes(host);
        await agent.SendAsync(JsonSerializer.Serialize(Request(host.File("a.conf", "x\n")), AgentJson.Revealing(TestHost.Kinds).Request));
        await agent.SendAsync("""{"command":"apply","stage":"Prepare"}""");
        while (await agent.NextAsync() is not StageEnded)
        {
        }

        await agent.HangUpAsync();
        Assert.Equal(0, await agent.Exit);

        Assert.True((await host.DeployAsync(host.File("a.conf", "x\n"))).Succeeded);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello\n")]
    [InlineData("{\"request\":\"dance\"}\n")]
    public async Task AnAgentThatIsToldNonsenseSaysSo(string input)
    {
        using var output = new MemoryStream();

        var exit = await AgentProgram.RunAsync(TestHost.Kinds, new MemoryStream(Encoding.UTF8.GetBytes(input)), output, TimeProvider.System, host.Layout);

        Assert.Equal(1, exit);
        Assert.Contains("not given a request it understands", Encoding.UTF8.GetString(output.ToArray()), StringComparison.Ordinal);
    }

    private static ConvergeRequest Request(params Resource[] resources) => new()
    {
        Host = "here",
        Holder = LockHolder.Here("test", "r", TimeProvider.System),
        Deployment = "test",
        MayChange = true,
        Plan = new HostPlan { Host = "here", Stages = [new StagePlan(Stage.Configure, [.. resources])] },
    };

    private sealed class AgentPipes : IDisposable
    {
        private readonly Pipe input = new();
        private readonly Pipe output = new();
        private readonly StreamReader reader;

        public AgentPipes(TestHost host)
        {
            reader = new StreamReader(output.Reader.AsStream());
            Exit = AgentProgram.RunAsync(TestHost.Kinds, input.Reader.AsStream(), output.Writer.AsStream(), TimeProvider.System, host.Layout);
        }

        public Task<int> Exit { get; }

        public async Task SendAsync(string line) => await input.Writer.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"));

        public async Task HangUpAsync() => await input.Writer.CompleteAsync();

        public async Task<HostEvent> NextAsync() =>
            JsonSerializer.Deserialize((await reader.ReadLineAsync())!, AgentJson.Revealing(TestHost.Kinds).Event)!;

        public void Dispose() => reader.Dispose();
    }
}
