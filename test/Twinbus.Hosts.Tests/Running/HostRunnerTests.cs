using Twinbus.Hosts.Agent;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Kinds.Packages;
using Twinbus.Hosts.Locks;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Running;
using Twinbus.Testing;

namespace Twinbus.Hosts.Tests.Running;

public sealed class HostRunnerTests : IDisposable
{
    private readonly TestHost host = new();
    private readonly TemporaryDirectory directory = new();

    public void Dispose()
    {
        host.Dispose();
        directory.Dispose();
    }

    [Fact]
    public async Task AStalePlanIsRefusedAndNothingIsChanged()
    {
        var plan = host.PlanOf(host.File("a.conf", "x\n"), host.File("b.conf", "x\n"));
        var looked = await host.Runner().CheckAsync(plan, null, default);
        host.Write("a.conf", "somebody else's\n");

        var report = await host.Runner().DeployAsync(PlanFactory.Of(plan), looked.Fingerprints, null, default);

        Assert.Equal(HostFailureReason.StalePlan, Assert.Single(report.Failures).Reason);
        Assert.Empty(report.Changes);
        Assert.False(File.Exists(host["b.conf"]));
    }

    [Fact]
    public async Task AFileThatDiffersInAnotherWayThanWhenItWasLookedAtMakesThePlanStale()
    {
        var plan = host.PlanOf(host.File("a.conf", "wanted\n"));
        host.Write("a.conf", "one\n");
        var looked = await host.Runner().CheckAsync(plan, null, default);
        host.Write("a.conf", "two\n");
        var later = await host.Runner().CheckAsync(plan, null, default);

        Assert.Equal(looked.Changes, later.Changes);        // it reads the same to a person
        Assert.NotEqual(looked.Fingerprints["here"], later.Fingerprints["here"]);
        Assert.Equal(HostFailureReason.StalePlan, Assert.Single((await host.Runner().DeployAsync(PlanFactory.Of(plan), looked.Fingerprints, null, default)).Failures).Reason);
    }

    [Fact]
    public async Task ASecretFileThatWasWrittenMeanwhileMakesThePlanStaleAndTheFingerprintSaysNothingOfTheSecret()
    {
        var secret = host.File("a.conf", "") with { Content = null, SecretContent = new Secret("wanted"), Mode = UnixFileMode.UserRead };
        var plan = host.PlanOf(secret);
        File.SetLastWriteTimeUtc(host.Write("a.conf", "one"), DateTime.UnixEpoch.AddDays(1));
        var looked = await host.Runner().CheckAsync(plan, null, default);
        File.SetLastWriteTimeUtc(host.Write("a.conf", "two"), DateTime.UnixEpoch.AddDays(1));
        var sameTime = await host.Runner().CheckAsync(plan, null, default);
        File.SetLastWriteTimeUtc(host["a.conf"], DateTime.UnixEpoch.AddDays(2));
        var later = await host.Runner().CheckAsync(plan, null, default);

        Assert.Equal(looked.Fingerprints, sameTime.Fingerprints);
        Assert.NotEqual(looked.Fingerprints["here"], later.Fingerprints["here"]);
    }

    [Fact]
    public async Task APackageOfAnotherVersionMakesThePlanStale()
    {
        var plan = host.PlanOf(new PackageResource { Package = "broker", OwnUnits = [] });
        host.Write("var/lib/dpkg/status", "Package: broker\nStatus: install ok installed\nVersion: 3.10\n\n");
        var looked = await host.Runner().CheckAsync(plan, null, default);
        host.Write("var/lib/dpkg/status", "Package: broker\nStatus: install ok installed\nVersion: 3.11\n\n");

        var report = await host.Runner().DeployAsync(PlanFactory.Of(plan), looked.Fingerprints, null, default);

        var failure = Assert.Single(report.Failures);
        Assert.Equal(HostFailureReason.StalePlan, failure.Reason);
        Assert.Contains("needs no change any more", failure.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APlanThatStillHoldsIsDeployed()
    {
        var plan = host.PlanOf(host.File("a.conf", "x\n"));
        var looked = await host.Runner().CheckAsync(plan, null, default);

        var report = await host.Runner().DeployAsync(PlanFactory.Of(plan), looked.Fingerprints, null, default);

        Assert.True(report.Succeeded);
        Assert.Single(report.Changes);
    }

    [Fact]
    public async Task AfterAFailureTheLaterResourcesAreNotTouchedAndTheNextRunDoesThem()
    {
        var plan = host.PlanOf(host.File("a.conf", "x\n"), host.File("b.conf", "x\n") with { Owner = "nobody-here" }, host.File("c.conf", "x\n"));

        var first = await host.Runner().DeployAsync(plan, null, default);
        Assert.Equal([host["a.conf"]], first.Changes.Select(c => c.Name));
        Assert.Equal(host["b.conf"], Assert.Single(first.Failures).Name);
        Assert.False(File.Exists(host["c.conf"]));

        var next = await host.DeployAsync(host.File("a.conf", "x\n"), host.File("b.conf", "x\n"), host.File("c.conf", "x\n"));
        Assert.Equal([host["b.conf"], host["c.conf"]], next.Changes.Select(c => c.Name));
    }

    [Fact]
    public async Task OfManyHostsThoseWithNothingToDoAreLetGoAndTheResultIsTheSame()
    {
        using var second = new TestHost();
        var many = new HostRunner(new RunnerOptions { Kinds = TestHost.Kinds, Parallel = 1 }, request => request.Host == "here" ? host.Layout : second.Layout);
        var resolved = host.PlanOf(host.File("a.conf", "x\n")).Hosts[0];
        var pending = second.PlanOf(second.File("b.conf", "x\n")).Hosts[0] with { Host = "there" };
        await host.DeployAsync(host.File("a.conf", "x\n"));

        var report = await many.DeployAsync(new Plan { Deployment = "test", Hosts = [resolved, pending] }, null, default);

        Assert.True(report.Succeeded, report.Failures.FirstOrDefault()?.ToString());
        Assert.Equal([("there", second["b.conf"])], report.Changes.Select(c => (c.Host, c.Name)));
    }

    [Fact]
    public void TheDeploymentLockNamesItsHolderToWhoeverComesSecond()
    {
        using var first = DeploymentLock.Take(directory.Path, "deploy", "run-1", TimeProvider.System);

        var second = Assert.Throws<HostException>(() => DeploymentLock.Take(directory.Path, "down", "run-2", TimeProvider.System));

        Assert.Equal(HostFailureReason.Held, second.Reason);
        Assert.Contains($"process {Environment.ProcessId}, run run-1", second.Failure.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void ADeploymentLockThatWasGivenBackOrWhoseHolderDiedCanBeTaken()
    {
        DeploymentLock.Take(directory.Path, "deploy", "run-1", TimeProvider.System).Dispose();
        directory.Write("lock", "");
        directory.Write("lock.holder", """{"processId":1,"host":"h","user":"u","started":"2026-01-01T00:00:00Z","runId":"dead","purpose":"deploy"}""");

        DeploymentLock.Take(directory.Path, "deploy", "run-2", TimeProvider.System).Dispose();
    }

    [Fact]
    public void ADeploymentLockCanBeGivenBackAfterTheDirectoryWasRemoved()
    {
        var taken = DeploymentLock.Take(directory.Path, "down", "run-1", TimeProvider.System);
        Directory.Delete(directory.Path, recursive: true);

        taken.Dispose();
    }

    [Fact]
    public async Task AJournalKnowsWhatWasUnderWayWhenARunBrokeOff()
    {
        Assert.Null(RunJournal.FindUnfinished(directory.Path));
        using (var journal = RunJournal.Begin(directory.Path, "deploy", "run-1", TimeProvider.System, next: null))
        {
            journal.Report(new StageBegun(Stage.Start) { Host = "h1" });
            journal.Report(new StageBegun(Stage.Start) { Host = "h2" });
            journal.Report(new StageEnded(Stage.Start) { Host = "h1" });
        }

        await File.AppendAllTextAsync(directory["journal"], "{\"time\":\"20");
        var broken = RunJournal.FindUnfinished(directory.Path);
        Assert.Equal(("deploy", "run-1"), (broken!.Purpose, broken.RunId));
        Assert.Equal([KeyValuePair.Create("h2", Stage.Start)], broken.UnderWay);

        using (var journal = RunJournal.Begin(directory.Path, "deploy", "run-2", TimeProvider.System, next: null))
        {
            journal.End();
        }

        Assert.Null(RunJournal.FindUnfinished(directory.Path));
    }

    [Fact]
    public void FactsNameWhatListensAndWhatIsInstalled()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        host.Write("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
        host.Write("var/lib/dpkg/status", """
            Package: gone
            Status: deinstall ok config-files
            Version: 1

            Package: here
            Status: install ok installed
            Version: 2

            Package: half
            Status: install ok half-configured
            Version: 3


            """);
        host.Write("var/lib/apt/lists/x_Packages", "Package: offered\nVersion: 4\n\n");

        var facts = FactsReader.Read(host.Layout, ["gone", "here", "half", "offered", "unknown"], "test");

        Assert.Equal(("debian", "12"), (facts.OperatingSystem, facts.OperatingSystemVersion));
        Assert.Equal([KeyValuePair.Create("here", "2")], facts.InstalledPackages);
        Assert.Equal([KeyValuePair.Create("offered", "4")], facts.CandidatePackages);
        Assert.Contains(facts.Listening, l => l.Port == port && l.Address == "127.0.0.1");
    }
}
