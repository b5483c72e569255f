using Twinbus.Hosts.Running;
using Twinbus.Testing.Lab;

namespace Twinbus.Lab.Tests;

/// <summary>What holds on Debian 12 holds on Debian 13 with its RabbitMQ 4.0; one agent serves both.</summary>
[Trait("Needs", "Lab")]
public sealed class Debian13Tests(ITestOutputHelper output) : IAsyncLifetime
{
    private const string Shared = "messaging-shared-rabbitmq";

    private readonly LabMachines lab = new("d13", "10.98.0", "trixie");

    public async ValueTask InitializeAsync()
    {
        await lab.PublishAgentAsync();
        await lab.BootAsync(1);
    }

    public ValueTask DisposeAsync() => lab.DisposeAsync();

    [Fact]
    public async Task OneHostIsDeployedAndProvedAndThenNothingChanges()
    {
        using var site = new Site(lab, output.WriteLine);
        await DeployAsync(site, "h1");
        await site.ProveAsync();
        Assert.Equal(new Version(4, 0), site.Tier.Tier.Instances[0].ServerVersion);
        Assert.Empty((await DeployAsync(site, "h1")).Changes);
    }

    private async Task<RunReport> DeployAsync(Site site, string host)
    {
        var report = await site.DeployAsync(Shared, "", host);
        foreach (var change in report.Changes)
        {
            output.WriteLine($"  {change}");
        }

        Assert.True(report.Succeeded, string.Join('\n', report.Failures));
        return report;
    }
}
