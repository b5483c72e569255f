using System.Collections.Immutable;
using Twinbus.Hosts.Agent;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Kinds.Files;
using Twinbus.Hosts.Kinds.Ports;
using Twinbus.Hosts.Locks;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Running;

namespace Twinbus.Hosts.Tests.Running;

/// <summary>Two deployments on the same hosts, which both want the first free port: real agents on hosts in directories.</summary>
public sealed class PortReservationTests : IDisposable
{
    // Ports on which nothing listens, whatever else is at work on this machine.
    private const int Wanted = 2;
    private const int Other = 9;

    private readonly Dictionary<string, TestHost> hosts = new() { ["h1"] = new(), ["h2"] = new(), ["h3"] = new() };
    private readonly List<HostEvent> events = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        foreach (var host in hosts.Values)
        {
            host.Dispose();
        }
    }

    [Fact]
    public async Task ThePortsOfAStoppedServiceAreStillItsOwn()
    {
        await new Deployer(this, "one").DeployAsync();

        var claimed = Assert.Single(Facts("h1", "two").Reserved);

        Assert.Equal(new ReservedPorts("one", "twinbus-one", new PortRange(Wanted, Wanted)), claimed);
        Assert.True(Facts("h1", "two").IsTaken(Wanted, "twinbus-two"));
        Assert.False(Facts("h1", "one").IsTaken(Wanted, "twinbus-one"));
    }

    [Fact]
    public async Task ADeployThatIsSecondGetsOtherPortsInTheSameRun()
    {
        var two = new Deployer(this, "two") { AfterCheck = () => Reserve("h2", "one", Wanted) };

        var report = await two.DeployAsync();

        Assert.True(report.Succeeded, string.Join('\n', report.Failures));
        Assert.All(hosts.Keys, host => Assert.Equal($"{Wanted + 1}", Claims(host, "two")));
        Assert.All(hosts.Values, host => Assert.Equal($"port {Wanted + 1}\n", File.ReadAllText(host["two.conf"])));
        Assert.Equal(["two: resolved with 3"], two.Resolved);
        Assert.Equal(6, report.Changes.Length);
        var refused = Assert.Single(events.OfType<ReservationRefused>());
        Assert.Equal(("h2", "port-reservation", "twinbus-two"), (refused.Host, refused.Failure.Kind, refused.Failure.Name));
        Assert.Equal($"Port {Wanted} is no longer free.", refused.Failure.What);
        Assert.Equal("The deployment one claimed it for twinbus-one meanwhile.", refused.Failure.Why);
    }

    [Fact]
    public async Task WithoutOtherPortsItFailsBeforeAnythingIsMadeAndNamesTheOtherDeployment()
    {
        var two = new Deployer(this, "two") { AfterCheck = () => Reserve("h2", "one", Wanted), Movable = false };

        var report = await two.DeployAsync();

        var failure = Assert.Single(report.Failures);
        Assert.Equal((HostFailureReason.PortTaken, "h2: port-reservation twinbus-two"), (failure.Reason, failure.Where));
        Assert.Equal($"Nothing was changed: port {Wanted} is no longer free.", failure.What);
        Assert.Contains("deployment one", failure.Why, StringComparison.Ordinal);
        Assert.Contains("Run this again", failure.Next, StringComparison.Ordinal);
        Assert.Empty(two.Resolved);
        Assert.All(hosts.Values, host => Assert.False(File.Exists(host["two.conf"])));
        Assert.All(["h1", "h3"], host => Assert.False(Directory.Exists(hosts[host].Layout.State), host));
        Assert.Equal([Path.Combine(hosts["h2"].Layout.Ledgers, "one.json")], Directory.EnumerateFiles(hosts["h2"].Layout.Ledgers));
    }

    [Fact]
    public async Task OfAPlanThatWasLookedAtNoOtherPortsAreChosen()
    {
        var two = new Deployer(this, "two");
        var looked = await two.CheckAsync();
        two.AfterCheck = () => Reserve("h1", "one", Wanted);

        var report = await two.DeployAsync(looked.Fingerprints);

        Assert.Equal("Make the plan anew, look at it, and deploy that.", Assert.Single(report.Failures).Next);
        Assert.Empty(two.Resolved);
        Assert.All(hosts.Values, host => Assert.False(File.Exists(host["two.conf"])));
    }

    [Fact]
    public async Task APlanThatCannotBeMadeAnewGivesItsClaimsBack()
    {
        var two = new Deployer(this, "two")
        {
            AfterCheck = () => Reserve("h3", "one", Wanted),
            Refuses = facts => facts.ContainsKey("h3") && facts["h3"].IsTaken(Wanted, "twinbus-two"),
        };

        await Assert.ThrowsAsync<InvalidDataException>(() => two.DeployAsync());

        Assert.All(["h1", "h2"], host => Assert.False(Directory.Exists(hosts[host].Layout.State), host));
        Assert.Empty(two.Resolved);
    }

    [Fact]
    public async Task RefusedOnTheFirstHostItHasReservedNothingElsewhere()
    {
        await new Deployer(this, "two") { AfterCheck = () => Reserve("h1", "one", Wanted), Movable = false }.DeployAsync();

        Assert.Equal(["h1"], events.OfType<StageBegun>().Select(begun => begun.Host).Distinct());
    }

    [Fact]
    public async Task DeploymentsThatBeginAtOnceAllGetPortsOfTheirOwn()
    {
        Deployer[] deployers = [.. Enumerable.Range(1, 3).Select(n => new Deployer(this, $"d{n}"))];

        // All have planned on hosts where nothing is claimed before the first of them claims.
        Directory.CreateDirectory(hosts["h1"].Layout.Ledgers);
        var held = await PortReservations.LockAsync(hosts["h1"].Layout, TimeProvider.System, Cancellation);
        var planned = 0;
        foreach (var deployer in deployers)
        {
            deployer.AfterCheck = () =>
            {
                if (Interlocked.Increment(ref planned) == deployers.Length)
                {
                    held.Dispose();
                }
            };
        }

        var reports = await Task.WhenAll(deployers.Select(deployer => deployer.DeployAsync()));

        Assert.All(reports, report => Assert.True(report.Succeeded, string.Join('\n', report.Failures)));
        foreach (var host in hosts.Keys)
        {
            Assert.Equal(3, deployers.Select(deployer => Claims(host, deployer.Name)).Distinct().Count());
        }
    }

    [Fact]
    public async Task AClaimOfARunThatDiedBeforeItMadeAnythingIsNobodys()
    {
        var layout = hosts["h1"].Layout;
        Ledger.Open(layout, "one").Add(new LedgerEntry(PortReservationResource.KindName, "twinbus-one").With("ports", "5672 35672-35682"));
        Assert.Empty(Facts("h1", "two").Reserved);

        var alive = await new HostLock(layout, "one", TimeProvider.System, _ => { }).TakeAsync(LockHolder.Here("deploy", "1", TimeProvider.System), Cancellation);
        Assert.Equal([5672, 35672], Facts("h1", "two").Reserved.Select(claim => claim.Ports.First));
        alive.Dispose();

        Reserve("h1", "one", Wanted);
        Assert.NotEmpty(Facts("h1", "two").Reserved);
    }

    [Fact]
    public async Task RemovalGivesThePortsBackAndLeavesNothing()
    {
        var one = new Deployer(this, "one");
        await one.DeployAsync();
        hosts["h2"].Write("var/lib/twinbus/ledger/.one.json.ceef9db69f86", "a write that was killed before it had its name");

        var report = await one.RemoveAsync();

        Assert.Equal(3, report.Changes.Count(change => change is { Kind: PortReservationResource.KindName, Action: ResourceAction.Delete }));
        Assert.All(hosts.Values, host => Assert.False(Directory.Exists(host.Layout.State)));
    }

    [Fact]
    public async Task OtherPortsAreReportedAsAChangeAndTheSameOnesAreNone()
    {
        var one = new Deployer(this, "one");
        await one.DeployAsync();
        Assert.Empty((await one.DeployAsync()).Changes);
        one.From = Other;

        var changes = (await one.DeployAsync()).Changes;

        Assert.Contains(changes, change => change is { Host: "h1", Kind: PortReservationResource.KindName, Action: ResourceAction.Change, Detail: "2 -> 9" });
        Assert.Equal("9", Claims("h1", "one"));
    }

    private HostFacts Facts(string host, string deployment) => FactsReader.Read(hosts[host].Layout, [], deployment);

    private string? Claims(string host, string deployment) => Assert.Single(Ledger.Open(hosts[host].Layout, deployment).Reservations())["ports"];

    /// <summary>What the ledger of a deployment says that has something on the host.</summary>
    private void Reserve(string host, string deployment, int port)
    {
        var ledger = Ledger.Open(hosts[host].Layout, deployment);
        ledger.Add(new LedgerEntry(PortReservationResource.KindName, $"twinbus-{deployment}").With("ports", port));
        ledger.Add(new LedgerEntry(FileResource.KindName, "/etc/one.conf"));
    }

    /// <summary>Gives its service the first port from <see cref="From"/> that is free on all hosts, and writes it to a file.</summary>
    private sealed class Deployer(PortReservationTests test, string name) : IProgress<HostEvent>
    {
        private int chosen;
        private int isChecked;

        public string Name => name;

        public int From { get; set; } = Wanted;

        public bool Movable { get; init; } = true;

        public Predicate<ImmutableDictionary<string, HostFacts>> Refuses { get; init; } = _ => false;

        /// <summary>What others do when all hosts were checked once.</summary>
        public Action? AfterCheck { get; set; }

        public List<string> Resolved { get; } = [];

        public Task<RunReport> CheckAsync() => Runner().CheckAsync(Factory(), null, Cancellation);

        public Task<RunReport> DeployAsync() => DeployAsync(ImmutableDictionary<string, string>.Empty);

        public Task<RunReport> DeployAsync(ImmutableDictionary<string, string> expected) => Runner().DeployAsync(Factory(), expected, this, Cancellation);

        public Task<RunReport> RemoveAsync() => Runner().RemoveAsync(name, [.. test.hosts.Keys.Order()], purgePackages: false, this, Cancellation);

        public void Report(HostEvent value)
        {
            lock (test.events)
            {
                test.events.Add(value);
            }

            if (value is HostChecked && ++isChecked == test.hosts.Count)
            {
                AfterCheck?.Invoke();
            }
        }

        private HostRunner Runner() => new(new RunnerOptions { Kinds = TestHost.Kinds }, request => test.hosts[request.Host].Layout);

        private PlanFactory Factory() => new()
        {
            Deployment = name,
            Hosts = [.. test.hosts.Keys.Order()],
            Known = ImmutableDictionary<string, HostFacts>.Empty,
            Make = Make,
            Resolved = _ =>
            {
                Resolved.Add($"{name}: resolved with {chosen}");
                return Task.CompletedTask;
            },
        };

        private Plan Make(ImmutableDictionary<string, HostFacts> facts)
        {
            if (Refuses(facts))
            {
                throw new InvalidDataException();
            }

            chosen = From;
            while (Movable && facts.Values.Any(host => host.IsTaken(chosen, $"twinbus-{name}")))
            {
                chosen++;
            }

            return new Plan { Deployment = name, Hosts = [.. test.hosts.OrderBy(host => host.Key).Select(host => Part(host.Key, host.Value))] };
        }

        private HostPlan Part(string host, TestHost at) => new()
        {
            Host = host,
            Stages =
            [
                new StagePlan(Stage.Reserve, [new PortReservationResource { Unit = $"twinbus-{name}", Ports = [new PortRange(chosen, chosen)] }]),
                new StagePlan(Stage.Configure, [at.File($"{name}.conf", $"port {chosen}\n")]),
            ],
        };
    }
}
