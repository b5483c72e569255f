using System.Net.Sockets;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using Twinbus.Hosts.Agent;
using Twinbus.Hosts.Kinds.Files;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Running;

namespace Twinbus.Hosts.Tests.Running;

/// <summary>Real agents on hosts in directories, and a plan that depends on what they say.</summary>
public sealed class FleetCheckTests : IDisposable
{
    private const string Unit = "twinbus-test";

    private readonly Dictionary<string, TestHost> hosts = [];
    private readonly ConcurrentQueue<(string Host, bool WithPlan)> sessions = [];
    private ImmutableDictionary<string, HostFacts> remembered = ImmutableDictionary<string, HostFacts>.Empty;
    private int looked = 1;
    private int plans;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        foreach (var host in hosts.Values)
        {
            host.Dispose();
        }
    }

    [Fact]
    public async Task AFirstDeployAsksAndDeploysInOneSession()
    {
        Add("h1", "h2");

        var report = await DeployAsync();

        Assert.Equal(["h1", "h2"], report.Changes.Select(c => c.Host));
        Assert.Equal([("h1", false), ("h2", false)], sessions.Order());
        Assert.Equal(1, plans);
        Assert.Equal("debian", remembered["h2"].OperatingSystem);
    }

    [Fact]
    public async Task ARunOnHostsThatAreAsRememberedIsOneSessionAndOnePlan()
    {
        Add("h1", "h2");
        await DeployAsync();
        Forget();

        var report = await DeployAsync();

        Assert.Empty(report.Changes);
        Assert.Equal([("h1", true), ("h2", true)], sessions.Order());
        Assert.Equal(1, plans);
    }

    [Fact]
    public async Task AfterAPackageWasUpgradedThePlanIsMadeAnewOnTheSameSession()
    {
        Add("h1", "h2");
        await DeployAsync();
        Install("h2", "3.13");
        Forget();

        var report = await DeployAsync();

        Assert.Equal(["h1", "h2"], report.Changes.Select(c => c.Host));       // the lowest version of all counts
        Assert.Equal("lowest 3.10\nport free\n", Content("h1"));
        Assert.Equal([("h1", true), ("h2", true)], sessions.Order());
        Assert.Equal(2, plans);
        Assert.Equal("3.13", remembered["h2"].InstalledPackages["broker"]);
    }

    [Fact]
    public async Task OnlyHostsWhosePartChangedAreCheckedAgain()
    {
        Add("h1", "h2");
        Install("h1", "3.10");
        Install("h2", "3.12");
        await DeployAsync();
        Install("h2", "3.13");
        Forget();

        Assert.Empty((await DeployAsync()).Changes);
        Assert.Equal(2, plans);
    }

    [Fact]
    public async Task SomebodyElsesListenerOnAPortThatWasLookedAtCausesAnotherPlan()
    {
        Add("h1");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        looked = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        await DeployAsync();
        Assert.Contains("port free", Content("h1"), StringComparison.Ordinal);
        using var other = new TcpListener(IPAddress.Loopback, looked);
        other.Start();
        Forget();

        await DeployAsync();

        Assert.Contains("port taken", Content("h1"), StringComparison.Ordinal);
        Assert.Equal([("h1", true)], sessions);
    }

    [Fact]
    public async Task AnotherOperatingSystemCausesAnotherPlan()
    {
        Add("h1");
        await DeployAsync();
        hosts["h1"].Write("etc/os-release", "ID=debian\nVERSION_ID=13\n");
        Forget();

        await DeployAsync();

        Assert.Equal("13", remembered["h1"].OperatingSystemVersion);
        Assert.Equal(2, plans);
    }

    [Fact]
    public async Task ManyHostsAreOneSessionEachWhenTheyAreAsRemembered()
    {
        Add([.. Enumerable.Range(1, 40).Select(n => $"h{n:00}")]);
        await DeployAsync(parallel: 4);
        Forget();

        Assert.Empty((await DeployAsync(parallel: 4)).Changes);

        Assert.Equal(40, sessions.Count);
        Assert.All(sessions, session => Assert.True(session.WithPlan));
    }

    [Fact]
    public async Task AFirstDeployToMoreHostsThanAreWorkedOnAtOnceIsOneSessionEach()
    {
        Add([.. Enumerable.Range(1, 9).Select(n => $"h{n:00}")]);

        Assert.Equal(9, (await DeployAsync(parallel: 2)).Changes.Length);

        Assert.Equal(9, sessions.Count);
        Assert.Equal(1, plans);
    }

    [Fact]
    public async Task OfManyHostsTheNewOneIsAskedAndEachIsOneSession()
    {
        Add([.. Enumerable.Range(1, 9).Select(n => $"h{n:00}")]);
        await DeployAsync(parallel: 2);
        Forget();
        remembered = remembered.Remove("h05");

        Assert.Empty((await DeployAsync(parallel: 2)).Changes);

        Assert.Equal(9, sessions.Count);
        Assert.Equal(["h05"], sessions.Where(s => !s.WithPlan).Select(s => s.Host));
    }

    [Fact]
    public async Task AHostThatCannotBeReachedIsPlannedForAllTheSameAndNamed()
    {
        Add("h1", "h2");
        var report = await DeployAsync(unreachable: "h2");

        Assert.Equal("h2", Assert.Single(report.Failures).Host);
        Assert.Equal(["h1"], report.Changes.Select(c => c.Host));
        Assert.False(remembered.ContainsKey("h2"));
    }

    [Fact]
    public async Task APlanThatCannotBeMadeTouchesNothing()
    {
        Add("h1");
        await Assert.ThrowsAsync<InvalidDataException>(() => DeployAsync(make: _ => throw new InvalidDataException()));

        Assert.False(File.Exists(hosts["h1"]["a.conf"]));
        Assert.Empty(remembered);
    }

    private void Add(params string[] names)
    {
        foreach (var name in names)
        {
            hosts[name] = new TestHost();
            hosts[name].Write("etc/os-release", "ID=debian\nVERSION_ID=12\n");
            Install(name, "3.10");
        }

        Install(names[^1], names.Length == 1 ? "3.10" : "3.9");
    }

    private void Install(string name, string version) =>
        hosts[name].Write("var/lib/dpkg/status", $"Package: broker\nStatus: install ok installed\nVersion: {version}\n\n");

    private string Content(string name) => File.ReadAllText(hosts[name]["a.conf"]);

    private void Forget()
    {
        sessions.Clear();
        plans = 0;
    }

    private async Task<RunReport> DeployAsync(int parallel = 16, string? unreachable = null, Func<ImmutableDictionary<string, HostFacts>, Plan>? make = null)
    {
        make ??= Make;
        var factory = new PlanFactory
        {
            Deployment = "test",
            Hosts = [.. hosts.Keys.Order(StringComparer.Ordinal)],
            Packages = ["broker"],
            Known = remembered,
            Initial = remembered.IsEmpty ? null : make(remembered),
            Make = make,
            Remember = (facts, _) =>
            {
                remembered = facts;
                return Task.CompletedTask;
            },
        };
        var runner = new HostRunner(new RunnerOptions { Kinds = TestHost.Kinds, Parallel = parallel }, request =>
        {
            sessions.Enqueue((request.Host, ((ConvergeRequest)request).Plan is not null));
            return request.Host == unreachable
                ? throw new HostException(HostFailureReason.Unreachable, "It is away.", "", "")
                : hosts[request.Host].Layout;
        });
        return await runner.DeployAsync(factory, ImmutableDictionary<string, string>.Empty, null, Cancellation);
    }

    /// <summary>A file that says what the plan was made on.</summary>
    private Plan Make(ImmutableDictionary<string, HostFacts> facts)
    {
        plans++;
        var lowest = facts.Values.Select(f => Version.Parse(f.InstalledPackages["broker"])).Min();
        return new Plan
        {
            Deployment = "test",
            Hosts =
            [
                .. hosts.OrderBy(host => host.Key, StringComparer.Ordinal).Select(host => new HostPlan
                {
                    Host = host.Key,
                    Stages = [new StagePlan(Stage.Prepare, [FileOf(host.Value, lowest, facts.GetValueOrDefault(host.Key))])],
                    Assumptions = facts.TryGetValue(host.Key, out var known) ? PlanAssumptions.Of(known, ["broker"], [(looked, Unit)]) : null,
                }),
            ],
        };
    }

    private FileResource FileOf(TestHost host, Version? lowest, HostFacts? facts) =>
        host.File("a.conf", $"lowest {lowest}\nport {(facts?.IsTaken(looked, Unit) == true ? "taken" : "free")}\n");
}
