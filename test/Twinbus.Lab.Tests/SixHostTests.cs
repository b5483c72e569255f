using Twinbus.Testing.Lab;

namespace Twinbus.Lab.Tests;

[Trait("Needs", "Lab")]
public sealed class SixHostTests : IAsyncLifetime
{
    private readonly LabMachines lab = new("six", "10.99.0");
    private readonly Desk desk;

    public SixHostTests(ITestOutputHelper output) =>
        desk = new Desk(lab, "site", output.WriteLine, TestContext.Current.CancellationToken)
        {
            Environment = "messaging-dual-rabbitmq",
            Roles = new Dictionary<string, string[]> { ["MessagingRpc"] = ["h1", "h2", "h3"], ["MessagingNotify"] = ["h4", "h5", "h6"] },
        };

    public async ValueTask InitializeAsync() => await desk.BootAsync();

    public async ValueTask DisposeAsync()
    {
        desk.Dispose();
        await lab.DisposeAsync();
    }

    /// <summary>Three minutes on two busy processors.</summary>
    [Fact]
    public async Task EachServiceHasAClusterOnThreeHostsOfItsOwnAndASecondDeployTouchesNothing()
    {
        await desk.DeployWellAsync();
        await AssertProvedThroughEveryNodeAsync();
        Assert.Equal("twinbus-site-rpc.service", (await lab.InsideAsync("h2", "cd /etc/systemd/system; ls | grep ^twinbus-")).Trim());
        Assert.Equal("twinbus-site-notify.service", (await lab.InsideAsync("h5", "cd /etc/systemd/system; ls | grep ^twinbus-")).Trim());

        var before = await HostStates.ReadWithTimesAsync(lab, desk.Hosts);
        Assert.Contains("rabbitmq.conf", before, StringComparison.Ordinal);
        Assert.Empty((await desk.DeployWellAsync()).Changes);
        Assert.Equal(before, await HostStates.ReadWithTimesAsync(lab, desk.Hosts));
    }

    private async Task AssertProvedThroughEveryNodeAsync()
    {
        var checks = await desk.HealthAsync();
        Assert.Equal(
            desk.Roles["MessagingRpc"].Select(host => $"rpc call {lab.Address(host)}:5672 ok"),
            checks.Where(check => check.StartsWith("rpc call", StringComparison.Ordinal)));
        Assert.Equal(
            desk.Roles["MessagingNotify"].Select(host => $"notify notification {lab.Address(host)}:5673 ok"),
            checks.Where(check => check.StartsWith("notify notification", StringComparison.Ordinal)));
    }
}
