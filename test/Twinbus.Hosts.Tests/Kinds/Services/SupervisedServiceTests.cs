using System.Diagnostics;
using System.Globalization;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Kinds.Files;
using Twinbus.Hosts.Kinds.Services;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Platform;
using Twinbus.Hosts.RabbitMq.Cluster;
using Twinbus.Hosts.RabbitMq.Management;
using Twinbus.Testing;

namespace Twinbus.Hosts.Tests.Kinds.Services;

/// <summary>A real supervisor with a real process below it, both in a temporary directory and of this user.</summary>
[Trait("Needs", "Processes")]
public sealed class SupervisedServiceTests : IAsyncDisposable
{
    private readonly TestHost host = new();
    private readonly FileResource setting;
    private readonly ServiceResource service;

    public SupervisedServiceTests()
    {
        Directory.CreateDirectory(host["work"]);
        setting = host.File("work/setting", "1\n");
        service = new ServiceResource
        {
            Unit = "twinbus-test-" + Path.GetFileName(host.Layout.Root),
            Description = "A test",
            Command = ["/bin/sh", "-c", "echo started; trap 'echo told to stop; exit 0' TERM; while :; do sleep 0.1; done"],
            User = Environment.UserName,
            WorkingDirectory = host["work"],
            RuntimeDirectory = host["run/twinbus/test"],
            OutputFile = host["work/output"],
            LoadedFiles = [setting.Path],
            RestartDelaySeconds = 600,
            StartTimeoutSeconds = 20,
            StopTimeoutSeconds = 10,
        };
    }

    private int Main => InitSystem.MainProcess(service.Unit, service.RuntimeDirectory) ?? 0;

    public async ValueTask DisposeAsync()
    {
        await host.RemoveAsync();
        host.Dispose();
    }

    [Fact]
    public async Task DeployStartsItOnceAndAgainFindsNothingToDo()
    {
        var first = await host.DeployAsync(setting, service);
        var process = Main;
        var second = await host.DeployAsync(setting, service);

        Assert.True(first.Succeeded, first.Failures.FirstOrDefault()?.ToString());
        Assert.Equal(["file", "service"], first.Changes.Select(c => c.Kind));
        Assert.NotEqual(0, process);
        Assert.Empty(second.Changes);
        Assert.Equal(process, Main);
    }

    [Fact]
    public async Task AKilledProcessIsStartedAtOnceAndTheReportSaysSo()
    {
        await host.DeployAsync(setting, service);
        var before = Main;
        await KillAsync(before, ProcessTable.ServiceMark);

        var report = await host.DeployAsync(setting, service);

        var change = Assert.Single(report.Changes);
        Assert.Equal(("service", ResourceAction.Start, "started: it was not running"), (change.Kind, change.Action, change.Detail));
        Assert.NotEqual(0, Main);
        Assert.NotEqual(before, Main);
    }

    [Fact]
    public async Task AKilledSupervisorIsReplacedWithoutTouchingTheService()
    {
        await host.DeployAsync(setting, service);
        var process = Main;
        await KillAsync(int.Parse(await File.ReadAllTextAsync(host["run/twinbus/test/supervisor.pid"]), CultureInfo.InvariantCulture), ProcessTable.SupervisorMark);

        var report = await host.DeployAsync(setting, service);
        var again = await host.CheckAsync(setting, service);

        Assert.StartsWith("watched again", Assert.Single(report.Changes).Detail, StringComparison.Ordinal);
        Assert.Equal(process, Main);
        Assert.Empty(again.Changes);
    }

    [Fact]
    public async Task AnAdoptedServiceStopsOnRemoval()
    {
        await host.DeployAsync(setting, service);
        var process = Main;
        await KillAsync(int.Parse(await File.ReadAllTextAsync(host["run/twinbus/test/supervisor.pid"]), CultureInfo.InvariantCulture), ProcessTable.SupervisorMark);
        await host.DeployAsync(setting, service);

        await host.RemoveAsync();

        Assert.False(ProcessTable.Carries(process, ProcessTable.ServiceMark, service.Unit));
        Assert.Contains("told to stop", await File.ReadAllTextAsync(service.OutputFile), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AChangedFileRestartsItAndTheReportNamesTheFile()
    {
        await host.DeployAsync(setting, service);
        var process = Main;

        var check = await host.CheckAsync(setting with { Content = "2\n" }, service);
        var report = await host.DeployAsync(setting with { Content = "2\n" }, service);

        Assert.Equal([ResourceAction.Change, ResourceAction.Restart], check.Changes.Select(c => c.Action));
        Assert.Equal([ResourceAction.Change, ResourceAction.Restart], report.Changes.Select(c => c.Action));
        Assert.Contains(setting.Path, report.Changes[1].Detail, StringComparison.Ordinal);
        Assert.NotEqual(process, Main);
        Assert.Contains("told to stop", await File.ReadAllTextAsync(service.OutputFile), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AHandEditedFileIsMendedWithoutARestart()
    {
        await host.DeployAsync(setting, service);
        var process = Main;
        await File.WriteAllTextAsync(setting.Path, "by hand\n");

        var check = await host.CheckAsync(setting, service);
        var report = await host.DeployAsync(setting, service);

        Assert.Equal(["file"], check.Changes.Select(c => c.Kind));
        Assert.Equal(["file"], report.Changes.Select(c => c.Kind));
        Assert.Equal(process, Main);
    }

    [Fact]
    public async Task APidFileThatNamesAStrangerIsNotTrusted()
    {
        await host.DeployAsync(setting, service);
        var process = Main;
        await KillAsync(process, ProcessTable.ServiceMark);
        using var stranger = Process.Start("/bin/sleep", "60");
        await File.WriteAllTextAsync(host["run/twinbus/test/pid"], $"{stranger.Id}\n");

        var report = await host.DeployAsync(setting, service);
        await host.RemoveAsync();

        Assert.Equal(ResourceAction.Start, Assert.Single(report.Changes).Action);
        Assert.False(stranger.HasExited);
        stranger.Kill();
    }

    [Fact]
    public async Task AServiceThatDiesWhileItStartsIsAnErrorWithItsLastWords()
    {
        var port = FreePort.Next();
        var dying = service with
        {
            Command = ["/bin/sh", "-c", "sleep 0.3; echo the disk is on fire; exit 3"],
            ReadyWhenListening = [$"127.0.0.1:{port}"],
        };

        var report = await host.DeployAsync(setting, dying);

        var failure = Assert.Single(report.Failures);
        Assert.Equal(HostFailureReason.Service, failure.Reason);
        Assert.Contains("the disk is on fire", failure.Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exit 3")]
    [InlineData("exit 0")]
    public async Task ADeathBetweenTwoGlancesIsNotMissed(string atOnce)
    {
        var dying = service with
        {
            Command = ["/bin/sh", "-c", "echo the disk is on fire; " + atOnce],
            ReadyWhenListening = [$"127.0.0.1:{FreePort.Next()}"],
        };

        var report = await host.DeployAsync(setting, dying);

        var failure = Assert.Single(report.Failures);
        Assert.Contains("it ended while it was starting", failure.What, StringComparison.Ordinal);
        Assert.Contains("the disk is on fire", failure.Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "sleep 0.3")]
    [InlineData(2, "sleep 0.3")]
    [InlineData(2, ":")]
    public async Task AMemberThatDiesWhileItStartsWithTheOthersIsStartedAgain(int deaths, string beforeDeath)
    {
        var report = await host.DeployAsync(setting, Member(deaths, beforeDeath));

        Assert.True(report.Succeeded, report.Failures.FirstOrDefault()?.ToString());
        // Two that follow each other faster than it is looked are one.
        Assert.InRange(StartsAgain, 1, deaths);
        Assert.Equal(deaths + 1, Starts);
        Assert.NotEqual(0, Main);
    }

    [Fact]
    public async Task AMemberThatKeepsDyingIsAnErrorWithItsLastWords()
    {
        var report = await host.DeployAsync(setting, Member(deaths: 100, "sleep 0.3"));

        var failure = Assert.Single(report.Failures);
        Assert.Equal(HostFailureReason.Service, failure.Reason);
        Assert.Contains("it ended 3 times while it was starting", failure.What, StringComparison.Ordinal);
        Assert.Contains("lost the race", failure.Why, StringComparison.Ordinal);
        Assert.Equal(2, StartsAgain);
    }

    [Fact]
    public async Task AMemberThatEndsAsMeantIsNotAwaited()
    {
        var ending = Member(deaths: 100, "sleep 0.3; exit 0");

        var report = await host.DeployAsync(setting, ending);

        Assert.Contains("it ended while it was starting", Assert.Single(report.Failures).What, StringComparison.Ordinal);
        Assert.Equal(1, Starts);
    }

    [Fact]
    public async Task TheStartTimeoutBoundsAllStartsOfAMemberTogether()
    {
        var report = await host.DeployAsync(setting, Member(deaths: 1, "sleep 2", listens: false) with { StartTimeoutSeconds = 5 });

        Assert.Contains("does not listen on", Assert.Single(report.Failures).What, StringComparison.Ordinal);
        Assert.Equal(2, Starts);
    }

    [Fact]
    public async Task APortThatIsTakenIsAnErrorThatNamesTheTaker()
    {
        using var taker = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taker.Start();
        var port = ((System.Net.IPEndPoint)taker.LocalEndpoint).Port;

        var report = await host.DeployAsync(setting, service with { ReadyWhenListening = [$"127.0.0.1:{port}"] });

        var failure = Assert.Single(report.Failures);
        Assert.Contains($"127.0.0.1:{port} is taken", failure.What, StringComparison.Ordinal);
        Assert.Contains($"process {Environment.ProcessId}", failure.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ACleanEndIsNotUndoneBehindTheOperatorsBackButByTheNextDeploy()
    {
        await host.DeployAsync(setting, service);
        Posix.Signal(Main, Posix.SignalTerminate);
        while (File.Exists(host["run/twinbus/test/supervisor.pid"]))
        {
            await Task.Yield();
        }

        var report = await host.DeployAsync(setting, service);

        Assert.Equal(ResourceAction.Start, Assert.Single(report.Changes).Action);
    }

    [Fact]
    public async Task RemovalLeavesNoProcessAndNoFile()
    {
        await host.DeployAsync(setting, service);

        var report = await host.RemoveAsync();

        Assert.True(report.Succeeded, report.Failures.FirstOrDefault()?.ToString());
        Assert.Empty(ProcessTable.Find(ProcessTable.ServiceMark, service.Unit));
        Assert.Empty(ProcessTable.Find(ProcessTable.SupervisorMark, service.Unit));
        Assert.False(Directory.Exists(host["run/twinbus"]));
        Assert.False(Directory.Exists(host["etc/twinbus"]));
    }

    private int Starts => File.ReadAllLines(host["work/starts"]).Length;

    private int StartsAgain => host.Events.OfType<ResourceProgress>()
        .Count(p => p.Text == "ended while it was starting together with the others; it is started again");

    [Fact]
    public async Task AMemberThatRunsWithAnotherCookieIsLeftAsItIsUnlessItCameBackToNobody()
    {
        var node = new RabbitMqNode { NodeName = "test@here", SystemUser = service.User, Home = host["work"], EpmdPort = 1 };
        var cookie = host.File("work/.erlang.cookie", "") with { Content = null, SecretContent = new Secret("one") };
        var port = FreePort.Next();
        var member = Member(deaths: 0, beforeDeath: ":", port: port) with { LoadedFiles = [cookie.Path] };
        member = member with { Guard = Membership(member) with { Management = Membership(member).Management with { Node = node } } };
        await host.DeployAsync(cookie, member);
        var process = Main;
        var other = cookie with { SecretContent = new Secret("another") };

        var refused = await host.DeployAsync(other, member);
        var alone = await host.DeployAsync(other, member with { Guard = Membership(member) with { Members = ["test@here"] } });

        var failure = Assert.Single(refused.Failures);
        Assert.Equal((HostFailureReason.Refused, "service"), (failure.Reason, failure.Kind));
        Assert.Contains(cookie.Path, failure.Next, StringComparison.Ordinal);
        Assert.Empty(refused.Changes);
        Assert.Equal(["file", "service"], alone.Changes.Select(change => change.Kind));
        Assert.NotEqual(process, Main);
    }

    private static RabbitMqMembership Membership(ServiceResource member) => (RabbitMqMembership)member.Guard!;

    // Dies so many times, then listens.
    private ServiceResource Member(int deaths, string beforeDeath, bool listens = true, int? port = null)
    {
        port ??= FreePort.Next();
        var lives = listens
            ? $"exec perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(LocalAddr => \"127.0.0.1\", LocalPort => {port}, Listen => 5) or die; sleep 600'"
            : "exec sleep 600";
        var dies = $"{beforeDeath}; echo lost the race; exit 1";
        return service with
        {
            Command = ["/bin/sh", "-c", $"echo start >> starts; if [ $(wc -l < starts) -le {deaths} ]; then {dies}; fi; {lives}"],
            ReadyWhenListening = [$"127.0.0.1:{port}"],
            Guard = new RabbitMqMembership
            {
                Management = new RabbitMqManagement { Instance = "test", Port = 1, UserName = "twinbus", Password = new Secret("x") },
                Members = ["test@here", "test@there"],
            },
        };
    }

    // A signal is on its way for a moment; the kernel tells nobody but the parent when the process is gone.
    private async Task KillAsync(int process, string mark)
    {
        Posix.Signal(process, Posix.SignalKill);
        while (ProcessTable.Carries(process, mark, service.Unit))
        {
            await Task.Yield();
        }
    }
}
