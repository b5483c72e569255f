using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Locks;
using Twinbus.Hosts.Plans;

namespace Twinbus.Hosts.Tests.Converging;

public sealed class LedgerTests : IDisposable
{
    private readonly TestHost host = new();

    public void Dispose() => host.Dispose();

    [Fact]
    public async Task RemovalTakesWhatWasMadeAndNothingElse()
    {
        Directory.CreateDirectory(host["etc/app"]);
        host.Write("etc/app/theirs", "theirs\n");
        await host.DeployAsync(
            host.Directory("etc/app"),
            host.Directory("etc/app/ours"),
            host.File("etc/app/ours/a.conf", "x\n"),
            host.File("etc/app/b.conf", "x\n"));

        var report = await host.RemoveAsync();

        Assert.True(report.Succeeded);
        Assert.Equal([host["etc/app/b.conf"], host["etc/app/ours/a.conf"], host["etc/app/ours"]], report.Changes.Select(c => c.Name));
        Assert.Equal(["theirs"], Directory.EnumerateFileSystemEntries(host["etc/app"]).Select(Path.GetFileName));
        Assert.False(Directory.Exists(host["var/lib/twinbus"]));
    }

    [Fact]
    public async Task RemovalTwiceIsNoError()
    {
        await host.DeployAsync(host.File("a.conf", "x\n"));
        await host.RemoveAsync();

        var report = await host.RemoveAsync();

        Assert.True(report.Succeeded);
        Assert.Empty(report.Changes);
    }

    [Fact]
    public async Task ADirectoryWithOthersFilesStaysUnlessItOwnsItsContent()
    {
        await host.DeployAsync(host.Directory("kept"), host.Directory("data") with { OwnsContent = true });
        host.Write("kept/theirs", "");
        host.Write("data/theirs", "");

        await host.RemoveAsync();

        Assert.True(File.Exists(host["kept/theirs"]));
        Assert.False(Directory.Exists(host["data"]));
    }

    [Fact]
    public async Task WhatThePlanNoLongerNamesIsReportedAndRemoved()
    {
        await host.DeployAsync(host.File("a.conf", "x\n"), host.File("b.conf", "x\n"));

        var check = await host.CheckAsync(host.File("a.conf", "x\n"));
        var deploy = await host.DeployAsync(host.File("a.conf", "x\n"));
        var again = await host.DeployAsync(host.File("a.conf", "x\n"));

        Assert.Equal((host["b.conf"], ResourceAction.Delete), (check.Changes.Single().Name, check.Changes.Single().Action));
        Assert.Equal(host["b.conf"], deploy.Changes.Single().Name);
        Assert.False(File.Exists(host["b.conf"]));
        Assert.Empty(again.Changes);
    }

    [Fact]
    public async Task TwoDeploymentsOnOneHostDoNotTouchEachOther()
    {
        await host.DeployAsync(host.File("a.conf", "x\n"));
        var other = host.PlanOf(host.File("b.conf", "x\n")) with { Deployment = "other" };
        await host.Runner().DeployAsync(other, null, default);

        await host.RemoveAsync();

        Assert.True(File.Exists(host["b.conf"]));
    }

    [Fact]
    public async Task ARunThatWasKilledBeforeItMadeAnythingLeavesALedgerLikeOneThatNeverWas()
    {
        using var undisturbed = new TestHost();
        (await new HostLock(host.Layout, "test", TimeProvider.System, _ => { }).TakeAsync(LockHolder.Here("deploy", "1", TimeProvider.System), default)).Dispose();

        foreach (var deployed in (TestHost[])[undisturbed, host])
        {
            Assert.True((await deployed.DeployAsync(deployed.Directory("var/lib/twinbus"), deployed.File("a.conf", "x\n"))).Succeeded);
        }

        Assert.Equal(Entries(undisturbed), Entries(host));
        Assert.True((await host.RemoveAsync()).Succeeded);
        Assert.False(Directory.Exists(host["var/lib/twinbus"]));

        static IEnumerable<string> Entries(TestHost of) => Ledger.Open(of.Layout, "test").Entries.Select(e => $"{e.Kind} {Path.GetRelativePath(of[""], e.Name)}");
    }

    [Fact]
    public async Task ALedgerThatCannotBeReadIsAnErrorThatNamesIt()
    {
        host.Write("var/lib/twinbus/ledger/test.json", "{");

        var report = await host.DeployAsync(host.File("a.conf", "x\n"));

        Assert.Contains("ledger/test.json", Assert.Single(report.Failures).What, StringComparison.Ordinal);
    }
}
