using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Clients;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Planning;
using Twinbus.Deployment.Reading;
using Twinbus.Hosts.Kinds.Services;
using Twinbus.Hosts.Plans;
using Xunit;

namespace Twinbus.Deployment.Tests.Planning;

/// <summary>RPC on each backend beside Notification on each: what deploys, what is not deployed yet, and what never can be.</summary>
public sealed class MatrixTests : IDisposable
{
    // What each backend must be told besides.
    private const string Settings = """
          RpcTransportURL: rabbit://nova:a-password@rpc.example/
          NotifyTransportURL: rabbit://nova:a-password@notify.example/
          ZmqInsecure: acknowledged
        """;

    private static readonly string[] Folders = ["messaging", "ssl"];

    private readonly Workplace workplace = new();

    public static TheoryData<string, string> Pairs()
    {
        TheoryData<string, string> pairs = [];
        foreach (string rpc in BackendCatalogue.All.Select(backend => backend.Name))
        {
            foreach (string notify in BackendCatalogue.All.Select(backend => backend.Name).Append("shared"))
            {
                pairs.Add(rpc, notify);
            }
        }

        return pairs;
    }

    public static TheoryData<string> ShippedEnvironments() =>
        [.. Folders.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(ShippedFiles.Find().Root, "environments", folder))).Select(file => Path.GetRelativePath(ShippedFiles.Find().Root, file)).Order(StringComparer.Ordinal)];

    public void Dispose() => workplace.Dispose();

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task APairDeploysOrIsRefusedWithThePlaceThatMapsIt(string rpc, string notify)
    {
        string environment = workplace.Write("environment.yaml", $"""
            resource_registry:
              OS::TripleO::Services::OsloMessagingRpc: {workplace.Shipped.Services}/messaging-rpc-backend-{rpc}.yaml
              OS::TripleO::Services::OsloMessagingNotify: {workplace.Shipped.Services}/messaging-notify-backend-{notify}.yaml
            parameter_defaults:
            {Settings}

            """);
        string[] never =
        [
            .. rpc == "kafka" ? ["2:44: Kafka cannot carry rpc"] : Array.Empty<string>(),
            .. notify == "zmq" ? ["3:47: ZeroMQ cannot carry notify"] : Array.Empty<string>(),
            .. notify == "shared" && rpc is not ("rabbitmq" or "kafka") ? ["3:47: the notify service cannot share the broker of rpc"] : Array.Empty<string>(),
        ];
        if (never.Length > 0)
        {
            DeploymentException e = await Assert.ThrowsAsync<DeploymentException>(() => workplace.ReadAsync(environment));
            Assert.Equal(DeploymentFailureReason.InvalidInput, e.Reason);
            Assert.Equal(never, e.Problems.Select(problem => $"{problem.Place!.Value.Line}:{problem.Place.Value.Column}: {problem.What}"));
            Assert.All(e.Problems, problem => Assert.True(problem.Why.Length > 0 && problem.Next.Length > 0));
            return;
        }

        DeploymentSource source = await workplace.ReadAsync(environment);
        MessagingDeployment foreseen = DeploymentPlanner.Foresee(source, workplace.Context(source, null));
        Assert.Equal(["rpc", "notify"], foreseen.Services.Select(service => service.Name));
        Assert.All(foreseen.Services, service => Assert.NotEmpty(service.Endpoints));
        Assert.All(foreseen.Services, service => Assert.StartsWith($"{service.Transport}://", TransportUrlText.Redacted(service), StringComparison.Ordinal));

        string[] later = [.. new[] { (rpc, 2), (notify, 3) }.Where(pair => pair.Item1 is "qdrouterd" or "zmq" or "kafka").Select(pair => $"{pair.Item2}: {pair.Item1}")];
        if (later.Length > 0)
        {
            DeploymentException e = Assert.Throws<DeploymentException>(() => workplace.Prepare(source));
            Assert.Equal(DeploymentFailureReason.NotDeployable, e.Reason);
            Assert.Equal(later, e.Problems.Select(problem => $"{problem.Place!.Value.Line}: {Backend(problem)}"));
            Assert.All(e.Problems, problem => Assert.Contains("-backend-external.yaml", problem.Next, StringComparison.Ordinal));
            return;
        }

        PreparedDeployment prepared = workplace.Prepare(source);
        int instances = (rpc, notify) switch { ("external", "external") => 0, ("rabbitmq", "rabbitmq") => 2, _ => 1 };
        Assert.Equal(instances, prepared.Deployment.Instances.Length);
        Assert.Equal(instances, prepared.Plan.Hosts.SelectMany(host => host.Stages).SelectMany(stage => stage.Resources).OfType<ServiceResource>().Count());
    }

    [Theory]
    [MemberData(nameof(ShippedEnvironments))]
    public async Task EveryShippedEnvironmentIsValid(string environment)
    {
        // Those for a broker of somebody else's, for given certificates, and those that leave Notification to another file.
        List<string> files = [Path.Combine(workplace.Shipped.Root, environment)];
        if (environment.Contains("messaging-rpc-", StringComparison.Ordinal) && !environment.Contains("rabbitmq", StringComparison.Ordinal))
        {
            files.Add(workplace.ShippedEnvironment("messaging-notify-rabbitmq.yaml"));
        }

        if (environment.Contains("ssl/notify", StringComparison.Ordinal))
        {
            files.Insert(0, workplace.ShippedEnvironment("messaging-dual-rabbitmq.yaml"));
        }

        if (environment.Contains("external", StringComparison.Ordinal))
        {
            files.Add(workplace.Write("site.yaml", "parameter_defaults:\n" + Settings + "\n"));
        }

        if (environment.Contains("given-files", StringComparison.Ordinal))
        {
            // They name files that only their operator has: each is asked for, and nothing else is wrong.
            DeploymentException e = await Assert.ThrowsAsync<DeploymentException>(() => workplace.ReadAsync([.. files]));
            Assert.Equal(3, e.Problems.Length);
            Assert.All(e.Problems, problem => Assert.Contains("/etc/pki/twinbus/", problem.ToString(), StringComparison.Ordinal));
            return;
        }

        Assert.NotEmpty((await workplace.ReadAsync([.. files])).Parameters);
    }

    [Fact]
    public async Task TlsForNotificationsOnASharedBrokerWithoutItIsRefusedAndNotLeftOut()
    {
        string file = Path.Combine(workplace.Shipped.Root, "environments", "ssl", "notify-ssl.yaml");

        DeploymentException e = await Assert.ThrowsAsync<DeploymentException>(() => workplace.ReadAsync(file));

        Assert.Equal("NotifyUseSSL is true and RpcUseSSL is false", Assert.Single(e.Problems).What);
        Assert.Equal(file, e.Problems[0].Place!.Value.File);
    }

    private static string Backend(Problem problem) =>
        BackendCatalogue.All.Single(backend => problem.What == $"this version of Twinbus does not deploy {backend.Title} yet").Name;
}
