using Twinbus.Testing.Lab;

namespace Twinbus.Lab.Tests;

/// <summary>The program is killed with kill -9; a further run converges, and what is left is as if nothing had happened.</summary>
[Trait("Needs", "Lab")]
public sealed class KillTests : IAsyncLifetime
{
    private const string Preparing = "preparing packages";

    private static readonly string[] StageBeginnings =
    [
        "reserving ports", Preparing, "writing configuration", "starting services", "joining the cluster", "setting up virtual hosts", "checking the result",
        "verifying each service",
    ];

    // Another user, virtual host and policy; and the same with a file that only a restart takes up.
    private static readonly string[] Plain = [];
    private static readonly string[] Quick = ["RabbitMessageTTL: 3600", "RpcUserName: other", "RpcVirtualHost: /other"];
    private static readonly string[] Restarting = [.. Quick, "RabbitTCPBacklog: 2048"];

    private readonly ITestOutputHelper output;
    private readonly LabMachines lab = new("lf", "10.93.0");
    private readonly Desk desk;
    private TimeSpan usual;
    private int interrupted;
    private int changing;

    public KillTests(ITestOutputHelper output)
    {
        this.output = output;
        desk = new Desk(lab, "site", output.WriteLine, TestContext.Current.CancellationToken);
    }

    public async ValueTask InitializeAsync() => await desk.BootAsync();

    public async ValueTask DisposeAsync()
    {
        desk.Dispose();
        await lab.DisposeAsync();
    }

    /// <summary>Four minutes on two busy processors.</summary>
    [Fact]
    public async Task AFirstDeployKilledAtEachStageEndsAsOneThatWasNotDisturbed()
    {
        await desk.DeployWellAsync(Quick);
        var undisturbed = await HostStates.ReadAsync(lab, desk);
        await desk.BootAsync();
        desk.ForgetHostKeys();

        foreach (var beginning in StageBeginnings)
        {
            using var run = desk.Deploy(Quick);
            await run.UntilAsync(beginning);
            if (beginning == Preparing)
            {
                await BreakInstallationsAsync(run);
            }

            await run.KillAsync();
            output.WriteLine($"{DateTime.UtcNow:HH:mm:ss} killed at: {beginning}");
        }

        await desk.DeployWellAsync(Quick);
        Assert.Empty(HostStates.Differences(undisturbed, await HostStates.ReadAsync(lab, desk)));
        Assert.Empty((await desk.DeployWellAsync(Quick)).Changes);
    }

    /// <summary>Eight minutes on two busy processors: half of it are restarts, which members take in turns.</summary>
    [Fact]
    public async Task ADeployKilledAtThirtyRandomMomentsEndsAsOneThatWasNotDisturbed()
    {
        var seed = Environment.GetEnvironmentVariable("TWINBUS_TEST_SEED") is { } given ? int.Parse(given, System.Globalization.CultureInfo.InvariantCulture) : Environment.TickCount;
        output.WriteLine($"seed {seed}: TWINBUS_TEST_SEED={seed} runs the same moments again");
        var random = new Random(seed);
        await desk.DeployWellAsync(Plain);
        var quick = (await desk.DeployWellAsync(Quick)).Elapsed;
        var afterQuick = await HostStates.ReadAsync(lab, desk);
        await desk.DeployWellAsync(Plain);
        var afterPlain = await HostStates.ReadAsync(lab, desk);

        usual = quick;
        for (var i = 0; i < 26; i++)
        {
            var (parameters, undisturbed) = i % 2 == 0 ? (Quick, afterQuick) : (Plain, afterPlain);
            await KillAndConvergeAsync(parameters, random.NextDouble(), undisturbed);
        }

        usual = (await desk.DeployWellAsync(Restarting)).Elapsed;
        var afterRestarting = await HostStates.ReadAsync(lab, desk);
        for (var i = 0; i < 4; i++)
        {
            var (parameters, undisturbed) = i % 2 == 0 ? (Plain, afterPlain) : (Restarting, afterRestarting);
            await KillAndConvergeAsync(parameters, random.NextDouble(), undisturbed);
        }

        output.WriteLine($"{interrupted} runs were killed before their end, {changing} of them while they changed something");
        Assert.InRange(interrupted, 20, 30);
    }

    // At a share of the time that such a run takes now: a busy machine takes three times as long as an idle one.
    private async Task KillAndConvergeAsync(string[] parameters, double share, string undisturbed)
    {
        var moment = share * usual;
        using var run = desk.Deploy(parameters);
        var wasRunning = await run.KillAfterAsync(moment);
        var end = await run.EndAsync();
        output.WriteLine($"{DateTime.UtcNow:HH:mm:ss} killed after {moment.TotalSeconds:0.00} s{(wasRunning ? "" : ", when it had ended")}: {end.Error.Split('\n')[^1].Trim()}");
        var mended = await desk.DeployWellAsync(parameters);
        Assert.Empty(HostStates.Differences(undisturbed, await HostStates.ReadAsync(lab, desk)));
        usual = !wasRunning ? end.Elapsed : mended.Changes.Count > 0 ? mended.Elapsed : usual;
        interrupted += wasRunning ? 1 : 0;
        changing += wasRunning && end.Error.Contains(Preparing, StringComparison.Ordinal) && !end.Error.Contains("verifying each service", StringComparison.Ordinal) ? 1 : 0;
    }

    // On one host the installation dies with the program, half configured; another host loses power while it unpacks; the third goes on alone.
    private async Task BreakInstallationsAsync(ProgramRun run)
    {
        const string Wait = "end=$((SECONDS + 300)); until pgrep -f -- \"$0\" >/dev/null; do [ $SECONDS -lt $end ] || exit 1; sleep 0.02; done; ";
        await Task.WhenAll(
            lab.LabAsync("exec", "h1", "bash", "-c", Wait + "pkill -9 -x agent; pkill -9 -x apt-get; pkill -9 -x dpkg; true", "status-fd [0-9]+ .*--configure"),
            CutPowerAsync());
        await run.KillAsync();
        Assert.NotEqual("", await lab.InsideAsync("h1", "dpkg --audit"));
        Assert.NotEqual("", await lab.InsideAsync("h2", "dpkg --audit"));

        async Task CutPowerAsync()
        {
            await lab.LabAsync("exec", "h2", "bash", "-c", Wait + "true", "status-fd [0-9]+ .*--unpack");
            await lab.LabAsync("kill", "h2");
            await lab.LabAsync("start", "h2");
        }
    }
}
