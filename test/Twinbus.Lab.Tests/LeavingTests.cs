using Twinbus.Testing.Lab;

namespace Twinbus.Lab.Tests;

/// <summary>Hosts leave an inventory: by mistake all at once, and one because it is gone for good.</summary>
[Trait("Needs", "Lab")]
public sealed class LeavingTests : IAsyncLifetime
{
    private readonly LabMachines lab = new("lv", "10.104.0");
    private readonly Desk desk;

    public LeavingTests(ITestOutputHelper output) => desk = new Desk(lab, "leaving", output.WriteLine, TestContext.Current.CancellationToken);

    public async ValueTask InitializeAsync() => await desk.BootAsync();

    public async ValueTask DisposeAsync()
    {
        desk.Dispose();
        await lab.DisposeAsync();
    }

    /// <summary>Two minutes.</summary>
    [Fact]
    public async Task ABrokerIsNotLostToAnInventoryAndAHostThatIsGoneForGoodIsForgotten()
    {
        await desk.DeployWellAsync();
        await File.WriteAllTextAsync(Path.Combine(desk.Directory, "others.yaml"), "Controller:\n  hosts:\n    x1: {ansible_host: 10.104.0.201}\n", TestContext.Current.CancellationToken);

        foreach (string command in (string[])["plan", "deploy"])
        {
            RunEnd refused = await desk.RunAsync(2, command, "-i", "others.yaml");
            Assert.Contains("would go from h1, h2, h3 to x1", refused.Error, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(await desk.HealthAsync(), check => check.EndsWith("failed", StringComparison.Ordinal));

        await lab.LabAsync("kill", "h3");
        await File.WriteAllTextAsync(Path.Combine(desk.Directory, "fewer.yaml"), desk.InventoryOf("h1", "h2"), TestContext.Current.CancellationToken);
        Assert.Contains("h3 left the inventory: everything deployed there will be removed", (await desk.RunAsync(3, "plan", "-i", "fewer.yaml")).Output, StringComparison.Ordinal);

        // Whatever becomes of h3, the others are deployed and proved.
        RunEnd without = await desk.RunAsync(1, "deploy", "-v", "-i", "fewer.yaml");
        Assert.True(without.Output.Contains("notify", StringComparison.Ordinal), $"Nothing was proved:\n{without.Output}\n{without.Error}");
        Assert.Contains("twinbus deploy --forget h3", without.Error, StringComparison.Ordinal);
        Assert.Contains("notify", (await desk.RunAsync(1, "deploy")).Output, StringComparison.Ordinal);

        await desk.RunAsync(2, "deploy", "--forget", "h9");
        await desk.RunAsync(0, "deploy", "--forget", "h3");
        RunEnd again = await desk.RunAsync(0, "deploy");
        Assert.Contains("leaving: 0 changed", again.Output, StringComparison.Ordinal);
        await desk.RunAsync(0, "down");
    }
}
