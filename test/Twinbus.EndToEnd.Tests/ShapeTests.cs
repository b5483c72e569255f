using System.Text.Json.Nodes;
using Twinbus.Testing;

namespace Twinbus.EndToEnd.Tests;

/// <summary>The shapes of a messaging tier that one machine can have, deployed for real and proved by traffic.</summary>
[Trait("Needs", "Root")]
[Trait("Needs", "Broker")]
public sealed class ShapeTests : IDisposable
{
    private const string Dual = "messaging/messaging-dual-rabbitmq.yaml";
    private const string Tls = "ssl/all-ssl.yaml";

    private static readonly string[] Kept = ["deployment.json", "secrets.json", "certificates"];

    private readonly TemporaryDirectory given = new();

    public void Dispose() => given.Dispose();

    [Theory]
    [InlineData("messaging/messaging-shared-rabbitmq.yaml", "RpcVirtualHost: calls, NotifyVirtualHost: events", "messaging")]
    [InlineData("messaging/messaging-shared-rabbitmq.yaml", "RpcUserName: cloud, NotifyUserName: cloud", "messaging")]
    [InlineData("messaging/messaging-shared-rabbitmq.yaml " + Tls, "RabbitMessageTTL: 3600", "messaging")]
    [InlineData(Dual, "RpcPassword: \"p?#%@:&=+,;1~\", RpcUserName: \"cloud é\", NotifyVirtualHost: \"/a b\"", "rpc notify")]
    [InlineData(Dual + " " + Tls, "RpcSSLVerifyClients: true, NotifySSLMinimumVersion: TLSv1.3", "rpc notify")]
    public async Task AShapeIsDeployedAndProvedAndThenNothingChanges(string environments, string parameters, string instances)
    {
        Deployed deployed = new();
        try
        {
            string[] files = [.. Environments(environments), "-e", given.Write("site.yaml", $"parameter_defaults: {{{parameters}}}\n")];
            (await deployed.RunAsync(["deploy", .. files])).With(0);
            await AssertHealthyAsync(deployed);
            string[] names = [.. instances.Split(' ').Select(instance => $"{deployed.Name}-{instance}")];
            IReadOnlyList<string> before = Facts(deployed, names);
            RunningProcess[] processes = [.. names.SelectMany(name => ProcessTable.Of($"twinbus-{name}")).Where(IsBroker)];
            Assert.NotEmpty(processes);

            Assert.Empty(await deployed.ChangesAsync(0, ["deploy", .. files]));

            Assert.Equal(before, Facts(deployed, names));
            Assert.Equal(processes, names.SelectMany(name => ProcessTable.Of($"twinbus-{name}")).Where(IsBroker));
        }
        finally
        {
            await deployed.DisposeAsync();
        }
    }

    [Fact]
    public async Task OfTwoInstancesOnOneHostOneDiesAndComesBackAndTheOtherNeverNotices()
    {
        Deployed deployed = new();
        try
        {
            (await deployed.RunAsync(["deploy", .. Environments(Dual)])).With(0);
            string other = $"twinbus-{deployed.Name}-notify";
            RunningProcess[] before = [.. ProcessTable.Of(other).Where(IsBroker)];
            IReadOnlyList<string> files = FileFacts.Of($"/etc/twinbus/{deployed.Name}-notify");

            // The supervisor waits before it starts a broker again, so deploy comes first.
            string pid = (await File.ReadAllTextAsync($"/run/twinbus/{deployed.Name}-rpc/pid", TestContext.Current.CancellationToken)).Trim();
            using (System.Diagnostics.Process kill = System.Diagnostics.Process.Start("/bin/kill", ["-KILL", pid]))
            {
                await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
            }

            (await deployed.RunAsync("health", "notify")).With(0);
            Assert.All(await deployed.ChangesAsync(0, "deploy"), change => Assert.Equal($"start service twinbus-{deployed.Name}-rpc", change));

            await AssertHealthyAsync(deployed);
            Assert.Equal(before, ProcessTable.Of(other).Where(IsBroker));
            Assert.Equal(files, FileFacts.Of($"/etc/twinbus/{deployed.Name}-notify"));
        }
        finally
        {
            await deployed.DisposeAsync();
        }
    }

    [Fact]
    public async Task ABrokerThatSomebodyElseRunsIsProvedAndLeftAlone()
    {
        Deployed owner = new();
        Deployed guest = new();
        try
        {
            (await owner.RunAsync(["deploy", .. Environments(Dual + " " + Tls)])).With(0);
            JsonNode urls = (await owner.JsonAsync(0, "show", "urls", "--reveal"))["urls"]!;
            string site = given.Write("site.yaml", $"""
                parameter_defaults:
                  RpcTransportURL: "{urls["rpc"]}"
                  RpcSSLCAFile: {owner.Path}/certificates/rpc/trusted.pem
                  NotifyTransportURL: "{urls["notify"]}"
                  NotifySSLCAFile: {owner.Path}/certificates/notify/trusted.pem

                """);

            Assert.Empty(await guest.ChangesAsync(0, ["deploy", .. Environments("messaging/messaging-external.yaml"), "-e", site]));
            await AssertHealthyAsync(guest);
            string kept = await File.ReadAllTextAsync(Path.Combine(guest.Path, "deployment.json"), TestContext.Current.CancellationToken);
            Assert.All(owner.Secrets().Values, secret => Assert.DoesNotContain(secret, kept, StringComparison.Ordinal));

            (await guest.RunAsync("down")).With(0);
            await AssertHealthyAsync(owner);
        }
        finally
        {
            await guest.DisposeAsync();
            await owner.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("rpc", "messaging/messaging-rpc-external.yaml messaging/messaging-notify-rabbitmq.yaml", "notify")]
    [InlineData("notify", "messaging/messaging-notify-external.yaml", "rpc")]
    public async Task OneServiceIsOnABrokerOfOursAndTheOtherOnSomebodyElses(string theirs, string environments, string ours)
    {
        Deployed owner = new();
        Deployed guest = new();
        try
        {
            (await owner.RunAsync("deploy", "-e", given.Write("owner.yaml", "parameter_defaults: {RpcVirtualHost: calls, NotifyVirtualHost: events}\n"))).With(0);
            JsonNode url = (await owner.JsonAsync(0, "show", "urls", "--reveal"))["urls"]![theirs]!;
            string prefix = theirs == "rpc" ? "Rpc" : "Notify";
            string[] files = [.. Environments(environments), "-e", given.Write("guest.yaml", $"parameter_defaults: {{{prefix}TransportURL: \"{url}\"}}\n")];

            (await guest.RunAsync(["deploy", .. files])).With(0);

            await AssertHealthyAsync(guest);
            Assert.Contains(ProcessTable.Of($"twinbus-{guest.Name}-{ours}"), IsBroker);
            Assert.Empty(ProcessTable.Of($"twinbus-{guest.Name}-{theirs}"));
            Assert.Empty(await guest.ChangesAsync(0, ["deploy", .. files]));
            (await guest.RunAsync("down")).With(0);
            await AssertHealthyAsync(owner);
        }
        finally
        {
            await guest.DisposeAsync();
            await owner.DisposeAsync();
        }
    }

    [Fact]
    public async Task MoreThanTwoServicesAreEachProvedOnTheirOwnBroker()
    {
        Deployed deployed = new();
        try
        {
            string services = Path.Combine(Path.GetDirectoryName(TwinbusProcess.Program)!, "services");
            string site = given.Write("site.yaml", $$"""
                resource_registry:
                  OS::TripleO::Services::OsloMessagingRpcNeutron: {{services}}/messaging-rpc-backend-rabbitmq.yaml
                  OS::TripleO::Services::OsloMessagingNotifyAudit: {{services}}/messaging-notify-backend-rabbitmq.yaml
                parameter_defaults: {RpcNeutronVirtualHost: neutron, NotifyAuditUseSSL: true}

                """);
            (await deployed.RunAsync("deploy", "-e", site)).With(0);

            JsonNode health = await deployed.JsonAsync(0, "health");

            Assert.Equal(["rpc", "rpc-neutron", "notify", "notify-audit"], health["services"]!.AsArray().Select(service => service!["service"]!.GetValue<string>()));
            Assert.All(["messaging", "rpc-neutron", "notify-audit"], name => Assert.Contains(ProcessTable.Of($"twinbus-{deployed.Name}-{name}"), IsBroker));
            Assert.Contains("as rpc-neutron on virtual host neutron", health.ToJsonString(), StringComparison.Ordinal);
            Assert.Empty(await deployed.ChangesAsync(0, "deploy"));
        }
        finally
        {
            await deployed.DisposeAsync();
        }
    }

    [Fact]
    public async Task ABackendThatIsNotDeployedYetIsRefusedBeforeAnythingIsTouched()
    {
        Deployed deployed = new();
        Ended run = await deployed.RunAsync(["deploy", .. Environments("messaging/messaging-hybrid-rabbitmq-kafka.yaml")]);

        Assert.Equal(2, run.Code);
        Assert.Contains("does not deploy Kafka yet", run.Error, StringComparison.Ordinal);
        Assert.Empty(ProcessTable.Of($"twinbus-{deployed.Name}-rpc"));
        Assert.False(Directory.Exists($"/etc/twinbus/{deployed.Name}-rpc"));
        await deployed.DisposeAsync();
    }

    private static IEnumerable<string> Environments(string names) =>
        names.Split(' ').SelectMany(name => new[] { "-e", Path.Combine(Path.GetDirectoryName(TwinbusProcess.Program)!, "environments", name) });

    private static async Task AssertHealthyAsync(Deployed deployed) =>
        Assert.True((await deployed.JsonAsync(0, "health"))["healthy"]!.GetValue<bool>());

    // Each run leaves a line in the deployment's journal and takes its lock: what it keeps is the rest.
    private static string[] Facts(Deployed deployed, string[] names) =>
    [
        .. FileFacts.Of([.. names.SelectMany(name => new[] { $"/etc/twinbus/{name}", $"/var/lib/twinbus/{name}", $"/run/twinbus/{name}" })]),
        .. FileFacts.Of(deployed.Path).Where(line => Kept.Any(name => line.StartsWith(Path.Combine(deployed.Path, name), StringComparison.Ordinal))),
    ];

    // Erlang starts and ends programs beside the broker as it likes.
    private static bool IsBroker(RunningProcess process) => process.CommandLine.Contains("beam", StringComparison.Ordinal);
}
