using Twinbus.Testing.Lab;

namespace Twinbus.Lab.Tests;

/// <summary>The whole way of a deployment on three booted hosts, short enough for every ordinary run of the tests.</summary>
[Trait("Needs", "Hosts")]
public sealed class WholeWayTests : IAsyncLifetime
{
    private static readonly string[] Changed = ["RpcUserName: other", "RabbitMessageTTL: 3600"];

    // Whatever bears the name, in files, accounts and units; who listens; and brokers that are still there.
    private const string Look = """
        find / /run /tmp -xdev -iname '*twinbus*' 2>/dev/null | sort
        grep -h twinbus /etc/passwd /etc/group /etc/shadow | cut -d: -f1
        systemctl list-units --all --plain --no-legend 'twinbus*'
        ss -Hltn | awk '{print $4}' | sort
        pgrep -l 'beam|epmd' || true
        """;

    private readonly LabMachines lab = new("way", "10.101.0");
    private readonly Desk desk;

    public WholeWayTests(ITestOutputHelper output) => desk = new Desk(lab, "site", output.WriteLine, TestContext.Current.CancellationToken);

    public async ValueTask InitializeAsync() => await desk.BootAsync();

    public async ValueTask DisposeAsync()
    {
        desk.Dispose();
        await lab.DisposeAsync();
    }

    /// <summary>Deploys over SSH as a user with sudo, from a base image.</summary>
    [Fact]
    public async Task ThreeHostsAreDeployedAndProvedAndConvergeAfterAKillAndAreTakenDown()
    {
        var bare = await LookAsync();
        await desk.DeployWellAsync();
        await AssertProvedThroughEveryNodeAsync();

        var before = await HostStates.ReadWithTimesAsync(lab, desk.Hosts);
        Assert.Contains("rabbitmq.conf", before, StringComparison.Ordinal);
        Assert.Empty((await desk.DeployWellAsync()).Changes);
        Assert.Equal(before, await HostStates.ReadWithTimesAsync(lab, desk.Hosts));

        using (var killed = desk.Deploy(Changed))
        {
            await killed.UntilAsync("provisioning virtual hosts");
            await killed.KillAsync();
            Assert.Equal(137, (await killed.EndAsync()).Code);
        }

        Assert.NotEmpty((await desk.DeployWellAsync(Changed)).Changes);
        await AssertProvedThroughEveryNodeAsync();
        await desk.RunAsync(0, "plan");

        await desk.RunAsync(0, "down");
        var left = await LookAsync();
        Assert.Equal(bare.Select(host => "/usr/local/lib/twinbus\n" + host), left);          // the agent, for the next deploy
        Assert.Contains("nothing is deployed", (await desk.RunAsync(0, "down")).Output, StringComparison.Ordinal);
    }

    private Task<string[]> LookAsync() => Task.WhenAll(desk.Hosts.Select(host => lab.InsideAsync(host, Look)));

    private async Task AssertProvedThroughEveryNodeAsync()
    {
        var checks = await desk.HealthAsync();
        foreach (var check in (string[])["rpc call", "notify notification"])
        {
            Assert.Equal(
                desk.Hosts.Select(host => $"{check} {lab.Address(host)}:5672 ok"),
                checks.Where(line => line.StartsWith(check, StringComparison.Ordinal)));
        }
    }
}
