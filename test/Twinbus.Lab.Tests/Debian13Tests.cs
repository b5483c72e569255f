using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Running;
using Twinbus.Testing.Lab;

namespace Twinbus.Lab.Tests;

/// <summary>What holds on Debian 12 holds on Debian 13 with its RabbitMQ 4.0: one agent for both, and no policy that a newer server refuses.</summary>
[Trait("Needs", "Lab")]
public sealed class Debian13Tests(ITestOutputHelper output) : IAsyncLifetime
{
    private const string Shared = "messaging-shared-rabbitmq";
    private const string Unit = "twinbus-default-messaging";
    private const string Classic = "  RabbitQueueType: classic\n";

    private readonly LabMachines lab = new("d13", "10.103.0", "trixie");

    public async ValueTask InitializeAsync()
    {
        await lab.PublishAgentAsync();
        await lab.BootAsync(3);
    }

    public ValueTask DisposeAsync() => lab.DisposeAsync();

    [Fact]
    public async Task OneHostIsDeployedAndProvedAndThenNothingChanges()
    {
        using var site = new Site(lab, output.WriteLine);
        await DeployAsync(site, "", "h1");
        await site.ProveAsync();
        Assert.Equal(new Version(4, 0), site.Tier.Deployment.Instances[0].ServerVersion);
        Assert.Empty((await DeployAsync(site, "", "h1")).Changes);
    }

    [Fact]
    public async Task ThreeHostsMakeAClusterWithoutMirrorsWhoseSettingsRoll()
    {
        using var site = new Site(lab, output.WriteLine);
        await DeployAsync(site, Classic, "h1", "h2", "h3");
        await site.ProveAsync();
        Assert.Equal("3", (await CommandAsync("eval 'length(rabbit_nodes:list_running()).'")).Trim());
        Assert.Empty((await CommandAsync("list_policies")).Trim());
        Assert.Empty((await DeployAsync(site, Classic, "h1", "h2", "h3")).Changes);

        var rolled = await DeployAsync(site, Classic + "  RabbitTCPBacklog: 2048\n", "h1", "h2", "h3");
        Assert.Equal(3, rolled.Changes.Count(c => c is { Kind: "service", Action: ResourceAction.Restart }));
        await site.ProveAsync();
    }

    private async Task<RunReport> DeployAsync(Site site, string parameters, params string[] hosts)
    {
        var report = await site.DeployAsync(Shared, parameters, hosts);
        foreach (var change in report.Changes)
        {
            output.WriteLine($"  {change}");
        }

        Assert.True(report.Succeeded, string.Join('\n', report.Failures));
        return report;
    }

    private Task<string> CommandAsync(string arguments) => lab.InsideAsync(
        "h1",
        $"setpriv --reuid={Unit} --regid={Unit} --init-groups env HOME=/var/lib/twinbus/default-messaging "
        + $"RABBITMQ_CONF_ENV_FILE=/etc/twinbus/default-messaging/rabbitmq-env.conf /usr/lib/rabbitmq/bin/rabbitmqctl -q {arguments}");
}
