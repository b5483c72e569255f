using Twinbus.Hosts.Plans;
using Twinbus.Messaging;
using Twinbus.Testing.Traffic;

namespace Twinbus.Lab.Tests;

/// <summary>What applications see while their cluster changes, loses a node, or is cut apart: 100 calls and 200 notifications a second all the while.</summary>
[Trait("Needs", "Lab")]
public sealed class LoadTests(ThreeHosts cluster, ITestOutputHelper output) : IClassFixture<ThreeHosts>
{
    // Of the calls in a minute or two, those under way when a node goes.
    private const double FewCalls = 0.05;

    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Run = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Back = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ASettingRollsThroughTheClusterUnderLoadAndNoConfirmedNotificationIsLost()
    {
        await cluster.DeployAsync();
        await using var load = await StartAsync();
        await TrafficLoad.RunAsync(Quiet, Cancellation);

        var rolled = await cluster.DeployAsync($"RabbitTCPBacklog: {2048 + TimeProvider.System.GetUtcNow().Second}");
        Assert.Equal(3, rolled.Changes.Count(c => c is { Kind: "service", Action: ResourceAction.Restart }));
        var done = TimeProvider.System.GetUtcNow();

        await TrafficLoad.RunAsync(Back + Run, Cancellation);
        Assert.Empty(await load.FindDeafAsync(Cancellation));
        Judge(await load.StopAsync(Cancellation), done);
    }

    [Fact]
    public async Task AKilledNodeIsMadeUpForWithinHalfAMinuteAndNothingIsLost()
    {
        await cluster.DeployAsync();
        await using var load = await StartAsync();
        await TrafficLoad.RunAsync(Quiet, Cancellation);

        var victim = await VictimAsync();
        await cluster.Lab.InsideAsync(victim, $"kill -9 $(cat /run/twinbus/default-messaging/pid)");
        var killed = TimeProvider.System.GetUtcNow();

        await TrafficLoad.RunAsync(Back + Run, Cancellation);
        await cluster.WaitUntilWholeAsync();
        Assert.Empty(await load.FindDeafAsync(Cancellation));
        Judge(await load.StopAsync(Cancellation), killed);
    }

    [Fact]
    public async Task ANodeThatWasCutOffIsBackWithinHalfAMinuteOfHealingAndNothingIsLost()
    {
        await cluster.DeployAsync();
        await using var load = await StartAsync();
        await TrafficLoad.RunAsync(Quiet, Cancellation);

        var victim = await VictimAsync();
        await cluster.Lab.LabAsync("cut", victim);
        output.WriteLine($"{TimeProvider.System.GetUtcNow():HH:mm:ss} cut {victim}");
        // Twice the time after which a silent node counts as dead.
        await TrafficLoad.RunAsync(TimeSpan.FromSeconds(40), Cancellation);
        await cluster.Lab.LabAsync("heal");
        var healed = TimeProvider.System.GetUtcNow();
        output.WriteLine($"{healed:HH:mm:ss} healed");

        await TrafficLoad.RunAsync(Back + Run, Cancellation);
        await cluster.WaitUntilWholeAsync();
        Assert.Empty(await load.FindDeafAsync(Cancellation));

        // Clients do not know a silent node from a slow one: what goes through it ends by its timeout, for most of the cut.
        Judge(await load.StopAsync(Cancellation), healed, fewCalls: 0.5);
    }

    private async Task<TrafficLoad> StartAsync()
    {
        var (rpc, notify) = cluster.Site.ClientUrls();
        return await TrafficLoad.StartAsync(new TrafficOptions { Rpc = rpc, Notify = notify }, output.WriteLine, Cancellation);
    }

    private async Task<string> VictimAsync()
    {
        var (host, connections, all) = await cluster.BusiestAsync();
        output.WriteLine($"{host} has {connections} of {all} connections");
        Assert.True(connections > 0);
        return host;
    }

    private void Judge(TrafficReport report, DateTimeOffset mended, double fewCalls = FewCalls)
    {
        var back = report.BackAfter(mended, Run);
        output.WriteLine($"back after {back.TotalSeconds:0.0} s");
        AssertKept(report);
        Assert.InRange(report.FailedCalls, 0, fewCalls);
        Assert.True(back <= Back, $"service was back {back.TotalSeconds:0.0} s after the end of the trouble");
        AssertSteady(report);
    }

    // Whatever happened to the cluster.
    private static void AssertKept(TrafficReport report)
    {
        Assert.Empty(report.Notifications.Missing);
        Assert.Equal(0, report.Wrong);
        Assert.All(report.Calls.Failed.Concat(report.Notifications.Failed), s => Assert.IsAssignableFrom<MessagingException>(s.Failure));
        Assert.All(report.Calls.All.Concat(report.Notifications.All), s => Assert.NotNull(s.Ended));

        // The library sends nothing twice. The broker does: what it heard no acknowledgement of before its node went down goes to
        // another server, which cannot know that the first one runs it. A handful at most, of those at work at that moment.
        var repeated = report.Calls.Repeated;
        Assert.True(repeated.Count <= report.Calls.All.Count / 1000, $"{repeated.Count} calls ran twice: {string.Join(", ", repeated.Take(20))}");
    }

    // A load that fell behind would have proved less than it says.
    private static void AssertSteady(TrafficReport report)
    {
        Assert.True(report.Calls.All.Count >= 0.95 * TrafficLoad.CallsPerSecond * report.Duration.TotalSeconds, $"{report}");
        Assert.True(report.Notifications.All.Count >= 0.95 * TrafficLoad.NotificationsPerSecond * report.Duration.TotalSeconds, $"{report}");
    }
}
