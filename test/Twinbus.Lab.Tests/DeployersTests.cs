using Twinbus.Testing.Lab;

namespace Twinbus.Lab.Tests;

/// <summary>Two deployers at once.</summary>
[Trait("Needs", "Lab")]
public sealed class DeployersTests : IAsyncLifetime
{
    private readonly LabMachines lab = new("two", "10.100.0");
    private readonly Desk desk;
    private readonly Desk other;

    public DeployersTests(ITestOutputHelper output)
    {
        desk = new Desk(lab, "site", output.WriteLine, TestContext.Current.CancellationToken);
        other = new Desk(lab, "other", output.WriteLine, TestContext.Current.CancellationToken);
    }

    public async ValueTask InitializeAsync() => await desk.BootAsync();

    public async ValueTask DisposeAsync()
    {
        desk.Dispose();
        other.Dispose();
        await lab.DisposeAsync();
    }

    /// <summary>Three minutes on two busy processors.</summary>
    [Fact]
    public async Task TwoDeploymentsGoOntoTheSameHostsAtOnceAndASecondDeployerOfOneIsToldWhoHoldsIt()
    {
        using var first = desk.Deploy();
        using var second = other.Deploy();
        await first.UntilAsync("preparing packages");

        using var late = desk.Deploy();
        var refused = (await late.EndAsync()).With(5);
        Assert.Empty(refused.Output);
        Assert.Contains($"process {first.ProcessId}", refused.Error, StringComparison.Ordinal);

        var ends = await Task.WhenAll(first.EndAsync(), second.EndAsync());
        Assert.All(ends, end => end.With(0));
        Assert.Empty((await desk.DeployWellAsync()).Changes);
        Assert.Empty((await other.DeployWellAsync()).Changes);
    }
}
