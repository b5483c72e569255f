using Twinbus.Deployment.Planning;
using Xunit;

namespace Twinbus.Deployment.Tests.Planning;

/// <summary>What a broker holds is not lost by an inventory alone.</summary>
public sealed class LossTests : IDisposable
{
    private readonly Workplace workplace = new();

    public void Dispose() => workplace.Dispose();

    [Fact]
    public async Task ABrokerDoesNotGoToOtherHostsAltogetherUnlessItIsSaid()
    {
        PreparedDeployment before = await PrepareAsync(null, new DeploymentRequest(), "h1", "h2", "h3");
        DeploymentSource others = await ReadAsync(new DeploymentRequest(), "h4", "h5", "h6");

        DeploymentException e = Assert.Throws<DeploymentException>(() => DeploymentPlanner.RefuseLoss(others, workplace.Context(others, before)));
        Problem problem = Assert.Single(e.Problems);
        Assert.Equal((DeploymentFailureReason.InvalidInput, 3, 5), (e.Reason, problem.Place?.Line, problem.Place?.Column));
        Assert.Equal("the rpc messaging service would go from h1, h2, h3 to h4, h5, h6", problem.What);

        DeploymentSource meant = await ReadAsync(new DeploymentRequest { StartEmpty = true }, "h4", "h5", "h6");
        DeploymentPlanner.RefuseLoss(meant, workplace.Context(meant, before));
        Assert.Equal(["h1", "h2", "h3"], workplace.Prepare(meant, before).Deployment.Departed.Select(host => host.Name));
    }

    [Fact]
    public async Task OneHostThatStaysIsEnough()
    {
        PreparedDeployment before = await PrepareAsync(null, new DeploymentRequest(), "h1", "h2", "h3");
        DeploymentSource after = await ReadAsync(new DeploymentRequest(), "h3", "h4", "h5");
        DeploymentPlanner.RefuseLoss(after, workplace.Context(after, before));
    }

    [Fact]
    public async Task TheBrokerOfThisMachineIsNotLostToAnInventoryEither()
    {
        PreparedDeployment before = workplace.Prepare(await workplace.ReadAsync());
        DeploymentSource after = await ReadAsync(new DeploymentRequest(), "h1");
        Assert.Throws<DeploymentException>(() => DeploymentPlanner.RefuseLoss(after, workplace.Context(after, before)));
    }

    [Fact]
    public async Task AHostThatIsGoneForGoodIsForgotten()
    {
        PreparedDeployment before = await PrepareAsync(null, new DeploymentRequest(), "h1", "h2", "h3");
        PreparedDeployment after = await PrepareAsync(before, new DeploymentRequest { Forgotten = ["h3"] }, "h1", "h2");
        Assert.Empty(after.Deployment.Departed);

        PreparedDeployment later = await PrepareAsync(before, new DeploymentRequest(), "h1", "h2");
        Assert.Equal(["h3"], later.Deployment.Departed.Select(host => host.Name));
        Assert.Empty((await PrepareAsync(later, new DeploymentRequest { Forgotten = ["h3"] }, "h1", "h2")).Deployment.Departed);
    }

    [Theory]
    [InlineData("h1", "it is in the inventory")]
    [InlineData("h9", "nothing is known of it; hosts that left: none")]
    public async Task OnlyAHostThatLeftCanBeForgotten(string name, string why)
    {
        PreparedDeployment before = await PrepareAsync(null, new DeploymentRequest(), "h1", "h2", "h3");
        DeploymentSource after = await ReadAsync(new DeploymentRequest { Forgotten = [name] }, "h1", "h2");
        DeploymentException e = Assert.Throws<DeploymentException>(() => DeploymentPlanner.RefuseLoss(after, workplace.Context(after, before)));
        Assert.Equal(why, Assert.Single(e.Problems).Why);
    }

    private async Task<PreparedDeployment> PrepareAsync(PreparedDeployment? before, DeploymentRequest request, params string[] hosts) =>
        workplace.Prepare(await ReadAsync(request, hosts), before);

    private Task<DeploymentSource> ReadAsync(DeploymentRequest request, params string[] hosts) => workplace.ReadAsync(request with
    {
        Inventory = workplace.Write("hosts.yaml", "Controller:\n  hosts:\n" + string.Concat(hosts.Select(host => $"    {host}: {{ansible_host: 10.0.0.{host[1..]}}}\n"))),
    });
}
