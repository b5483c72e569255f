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
        PreparedTier before = await PrepareAsync(null, new TierRequest(), "h1", "h2", "h3");
        TierSource others = await ReadAsync(new TierRequest(), "h4", "h5", "h6");

        DeploymentException e = Assert.Throws<DeploymentException>(() => TierPlanner.RefuseLoss(others, workplace.Context(others, before)));
        Problem problem = Assert.Single(e.Problems);
        Assert.Equal((DeploymentFailureReason.InvalidInput, 3, 5), (e.Reason, problem.Place?.Line, problem.Place?.Column));
        Assert.Equal("the rpc messaging service would go from h1, h2, h3 to h4, h5, h6", problem.What);

        TierSource meant = await ReadAsync(new TierRequest { StartEmpty = true }, "h4", "h5", "h6");
        TierPlanner.RefuseLoss(meant, workplace.Context(meant, before));
        Assert.Equal(["h1", "h2", "h3"], workplace.Prepare(meant, before).Tier.Departed.Select(host => host.Name));
    }

    [Fact]
    public async Task OneHostThatStaysIsEnough()
    {
        PreparedTier before = await PrepareAsync(null, new TierRequest(), "h1", "h2", "h3");
        TierSource after = await ReadAsync(new TierRequest(), "h3", "h4", "h5");
        TierPlanner.RefuseLoss(after, workplace.Context(after, before));
    }

    [Fact]
    public async Task TheBrokerOfThisMachineIsNotLostToAnInventoryEither()
    {
        PreparedTier before = workplace.Prepare(await workplace.ReadAsync());
        TierSource after = await ReadAsync(new TierRequest(), "h1");
        Assert.Throws<DeploymentException>(() => TierPlanner.RefuseLoss(after, workplace.Context(after, before)));
    }

    [Fact]
    public async Task AHostThatIsGoneForGoodIsForgotten()
    {
        PreparedTier before = await PrepareAsync(null, new TierRequest(), "h1", "h2", "h3");
        PreparedTier after = await PrepareAsync(before, new TierRequest { Forgotten = ["h3"] }, "h1", "h2");
        Assert.Empty(after.Tier.Departed);

        PreparedTier later = await PrepareAsync(before, new TierRequest(), "h1", "h2");
        Assert.Equal(["h3"], later.Tier.Departed.Select(host => host.Name));
        Assert.Empty((await PrepareAsync(later, new TierRequest { Forgotten = ["h3"] }, "h1", "h2")).Tier.Departed);
    }

    [Theory]
    [InlineData("h1", "it is in the inventory")]
    [InlineData("h9", "nothing is known of it; hosts that left: none")]
    public async Task OnlyAHostThatLeftCanBeForgotten(string name, string why)
    {
        PreparedTier before = await PrepareAsync(null, new TierRequest(), "h1", "h2", "h3");
        TierSource after = await ReadAsync(new TierRequest { Forgotten = [name] }, "h1", "h2");
        DeploymentException e = Assert.Throws<DeploymentException>(() => TierPlanner.RefuseLoss(after, workplace.Context(after, before)));
        Assert.Equal(why, Assert.Single(e.Problems).Why);
    }

    private async Task<PreparedTier> PrepareAsync(PreparedTier? before, TierRequest request, params string[] hosts) =>
        workplace.Prepare(await ReadAsync(request, hosts), before);

    private Task<TierSource> ReadAsync(TierRequest request, params string[] hosts) => workplace.ReadAsync(request with
    {
        Inventory = workplace.Write("hosts.yaml", "Controller:\n  hosts:\n" + string.Concat(hosts.Select(host => $"    {host}: {{ansible_host: 10.0.0.{host[1..]}}}\n"))),
    });
}
