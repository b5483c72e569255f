using System.Diagnostics;
using Twinbus.Testing.Lab;

namespace Twinbus.Lab.Tests;

/// <summary>A host falls silent in mid-run: it is named within half a minute, the others finish the stage, the next run does what is left.</summary>
[Trait("Needs", "Lab")]
public sealed class CutTests : IAsyncLifetime
{
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(30);

    private readonly LabMachines lab = new("cut", "10.98.0");
    private readonly Desk desk;
    private readonly Desk second;

    public CutTests(ITestOutputHelper output)
    {
        desk = new Desk(lab, "site", output.WriteLine, TestContext.Current.CancellationToken);
        second = new Desk(lab, "second", output.WriteLine, TestContext.Current.CancellationToken);
    }

    public async ValueTask InitializeAsync() => await desk.BootAsync();

    public async ValueTask DisposeAsync()
    {
        desk.Dispose();
        second.Dispose();
        await lab.DisposeAsync();
    }

    /// <summary>Five minutes on two busy processors.</summary>
    [Fact]
    public async Task AHostThatIsCutOffBeforeItsStageOrInItOrLosesPowerIsNamedAndTheNextRunDoesWhatIsLeft()
    {
        await CutBeforeItsStageAsync();
        await CutInItsStageAsync();
        var converged = await desk.DeployWellAsync();
        Assert.DoesNotContain(converged.Changes, change => change.Contains("package ", StringComparison.Ordinal) || change.Contains("h1: service ", StringComparison.Ordinal));
        Assert.Empty((await desk.DeployWellAsync()).Changes);

        await CutPowerAsync();
        await second.DeployWellAsync();
        Assert.Empty((await second.DeployWellAsync()).Changes);
        Assert.Empty((await desk.DeployWellAsync()).Changes);
    }

    // h3 has done its part of Prepare and waits for h1, which waits for the package lock that another deployment's run may hold.
    private async Task CutBeforeItsStageAsync()
    {
        await lab.InsideAsync("h1", "mkdir -p /var/lib/twinbus; systemd-run -q --unit=holder flock -x /var/lib/twinbus/packages.lock sleep 600");
        using var run = desk.Deploy();
        await run.UntilAsync("h3: directory /var/log/twinbus/site-messaging: created");
        await SilenceAsync(run, "h3", () => lab.LabAsync("cut", "h3"));
        await lab.InsideAsync("h1", "systemctl stop holder");
        AssertNames((await run.EndAsync()).With(1), "h3");
        await lab.LabAsync("heal");
        foreach (var host in (string[])["h1", "h2", "h3"])
        {
            Assert.Equal("prepared, not configured", (await lab.InsideAsync(
                host, "[ -d /var/log/twinbus/site-messaging ] && echo -n prepared; [ -e /etc/twinbus/site-messaging/rabbitmq.conf ] || echo -n ', not configured'")).Trim());
        }
    }

    private async Task CutInItsStageAsync()
    {
        using var run = desk.Deploy();
        await run.UntilAsync("h2: starting services");
        await SilenceAsync(run, "h2", () => lab.LabAsync("cut", "h2"));
        var end = (await run.EndAsync()).With(1);
        AssertNames(end, "h2");
        Assert.Contains(end.Changes, change => change.Contains("h1: service twinbus-site-messaging", StringComparison.Ordinal));
        Assert.Contains(end.Changes, change => change.Contains("h3: service twinbus-site-messaging", StringComparison.Ordinal));
        Assert.DoesNotContain("h1: joining brokers", end.Error, StringComparison.Ordinal);
        await lab.LabAsync("heal");
    }

    // A second deployment on the same hosts: the first one's members come back by themselves.
    private async Task CutPowerAsync()
    {
        using var run = second.Deploy();
        await run.UntilAsync("h2: starting services");
        await SilenceAsync(run, "h2", () => lab.LabAsync("kill", "h2"));
        AssertNames((await run.EndAsync()).With(1), "h2");
        await lab.LabAsync("start", "h2");
    }

    private static async Task SilenceAsync(ProgramRun run, string host, Func<Task> silence)
    {
        var start = Stopwatch.GetTimestamp();
        await silence();
        await run.UntilAsync($"{host}: failed");
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, Promised);
    }

    private static void AssertNames(RunEnd end, string host)
    {
        var named = end.Error.Split('\n').Where(line => line.StartsWith("twinbus: ", StringComparison.Ordinal)).ToList();
        Assert.StartsWith($"twinbus: {host}: ", Assert.Single(named), StringComparison.Ordinal);
        Assert.Contains("cannot be reached, or the connection broke off", named[0], StringComparison.Ordinal);
    }
}
