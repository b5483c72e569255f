using System.Collections.Immutable;
using System.Security.Cryptography;
using RabbitMQ.Client;
using Twinbus.Deployment.Clients;
using Twinbus.Deployment.Clients.Formats;
using Twinbus.Deployment.Planning;
using Twinbus.Deployment.Reading;
using Twinbus.Deployment.Secrets;
using Twinbus.Hosts;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Running;
using Twinbus.Hosts.Ssh;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.RabbitMq;
using Twinbus.Operations.Health;
using Twinbus.Testing;
using Twinbus.Testing.Lab;

namespace Twinbus.Lab.Tests;

/// <summary>An operator's place: an inventory of lab hosts, an environment, and what is kept from one deploy to the next.</summary>
internal sealed class Site(LabMachines lab, Action<string> log) : IProgress<HostEvent>, IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private PreparedDeployment? last;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>What is deployed.</summary>
    public PreparedDeployment Tier => last!;

    /// <summary>Deploys an environment, with these parameters over it, on these hosts, and says what changed.</summary>
    public async Task<RunReport> DeployAsync(string environment, string parameters, params string[] hosts)
    {
        var source = await ReadAsync(environment, parameters, hosts);
        var context = new PlanningContext
        {
            DeploymentDirectory = directory.Path,
            IsDefaultDirectory = true,
            Previous = last?.Deployment,
            Secrets = last?.Secrets ?? DeploymentSecrets.None,
            Facts = ImmutableDictionary<string, HostFacts>.Empty,
            Bytes = RandomNumberGenerator.Fill,
            Clock = TimeProvider.System,
        };
        var maker = new PlanFactory
        {
            Deployment = DeploymentPlanner.NameOf(context),
            Hosts = [.. hosts],
            Packages = source.Packages,
            Known = ImmutableDictionary<string, HostFacts>.Empty,
            Make = facts => (last = DeploymentPlanner.Prepare(source, context with { Facts = facts })).Plan,
        };
        return await RunnerOf(hosts).DeployAsync(maker, ImmutableDictionary<string, string>.Empty, this, Cancellation);
    }

    /// <summary>Removes all that was made on hosts that left.</summary>
    public Task<RunReport> RemoveAsync(params string[] hosts) =>
        RunnerOf(hosts).RemoveAsync(Tier.Plan.Deployment, [.. hosts], purgePackages: false, this, Cancellation);

    /// <summary>A connection to the node of a service on a host, as the service's own user.</summary>
    public Task<IConnection> ConnectAsync(string service, string host)
    {
        var messaging = Tier.Deployment.Service(service)!;
        var factory = new ConnectionFactory
        {
            HostName = lab.Address(host),
            Port = messaging.Endpoints[0].Port,
            VirtualHost = messaging.VirtualHost!,
            UserName = messaging.UserName!,
            Password = Tier.Secrets[messaging.PasswordName!].Reveal(),
            AutomaticRecoveryEnabled = false,
        };
        return factory.CreateConnectionAsync(Cancellation);
    }

    /// <summary>
    /// Transport URLs of RPC and notifications with the options in their queries: what <c>twinbus show config</c> tells a client.
    /// </summary>
    public ClientUrls ClientUrls() =>
        Testing.Lab.ClientUrls.Of(ClientText.Render(ClientConfiguration.Of(Tier.Deployment, Tier.Secrets), ClientFormat.Json, Passwords.Revealed).Text);

    /// <summary>Calls and notifications through each node of each service.</summary>
    public async Task ProveAsync()
    {
        var options = new HealthOptions { Drivers = DriverRegistry.Of(new RabbitMqDriver()), Timeout = TimeSpan.FromSeconds(30) };
        var report = await TierHealth.CheckAsync(Tier.Deployment, Tier.Secrets, options, Cancellation);
        Assert.True(report.Healthy, string.Join('\n', report.Services.SelectMany(s => s.Checks).Where(c => c.Status == CheckStatus.Failed)));
        Assert.All(report.Services, service => Assert.Equal(
            Tier.Deployment.Service(service.Service)!.Endpoints.Length,
            service.Checks.Count(c => c.Status == CheckStatus.Passed && c.Name is HealthCheckNames.Call or HealthCheckNames.Notification)));
    }

    public void Report(HostEvent value)
    {
        if (value is ResourceProgress or HostFailed or StageBegun)
        {
            log($"{TimeProvider.System.GetUtcNow():HH:mm:ss} {value}");
        }
    }

    public void Dispose() => directory.Dispose();

    private HostRunner RunnerOf(IEnumerable<string> hosts) => new(new RunnerOptions
    {
        AgentDirectory = lab.AgentDirectory,
        KnownHostsFile = directory["known_hosts"],
        AcceptNewHostKeys = true,
        Connections = hosts.ToImmutableDictionary(
            host => host, HostConnection (host) => new SshConnection { Address = lab.Address(host), User = "deploy", KeyFile = lab.KeyFile }),
    });

    private Task<DeploymentSource> ReadAsync(string environment, string parameters, string[] hosts)
    {
        var shipped = ShippedFiles.Find();
        var inventory = "Controller:\n  hosts:\n" + string.Concat(hosts.Select(h => $"    {h}: {{ansible_host: {lab.Address(h)}}}\n"));
        return DeploymentSource.ReadAsync(
            new DeploymentRequest
            {
                Environments =
                [
                    Path.Combine(shipped.Root, "environments", "messaging", environment + ".yaml"),
                    directory.Write("site.yaml", "parameter_defaults:\n  RabbitLogLevel: info\n" + parameters),
                ],
                Inventory = directory.Write("inventory.yaml", inventory),
            },
            shipped,
            Cancellation);
    }
}
