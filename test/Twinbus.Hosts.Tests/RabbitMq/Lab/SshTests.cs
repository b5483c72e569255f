using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Kinds.Directories;
using Twinbus.Hosts.Kinds.Services;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Platform;
using Twinbus.Hosts.Running;
using Twinbus.Hosts.Sessions;
using Twinbus.Testing.Lab;

namespace Twinbus.Hosts.Tests.RabbitMq.Lab;

[Trait("Needs", "Lab")]
public sealed class SshTests(SshHosts hosts) : IClassFixture<SshHosts>
{
    private readonly LabMachines lab = hosts.Machines;
    private readonly List<HostEvent> events = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ABrokerUnderSystemdIsDeployedKilledRebootedAndRemoved()
    {
        var broker = new TestBroker();
        var runner = new HostRunner(hosts.Options("deploy", "h1"));
        var plan = broker.PlanOf("h1");

        var first = await runner.DeployAsync(plan, new Recorder(events), Cancellation);
        Assert.True(first.Succeeded, first.Failures.FirstOrDefault()?.ToString());
        Assert.Equal("disabled", (await lab.InsideAsync("h1", "systemctl is-enabled rabbitmq-server || true")).Trim());
        Assert.Equal("inactive", (await lab.InsideAsync("h1", "systemctl is-active rabbitmq-server || true")).Trim());
        Assert.Equal("active", (await lab.InsideAsync("h1", $"systemctl is-active {TestBroker.Name} || true")).Trim());
        var running = await lab.InsideAsync("h1", $"systemctl show -p MainPID,ActiveEnterTimestampMonotonic {TestBroker.Name}");

        var second = await runner.DeployAsync(plan, null, Cancellation);
        Assert.Empty(second.Changes);
        Assert.Equal(running, await lab.InsideAsync("h1", $"systemctl show -p MainPID,ActiveEnterTimestampMonotonic {TestBroker.Name}"));

        await lab.InsideAsync("h1", $"kill -9 $(cat /run/{TestBroker.Name}/pid)");
        var mended = await runner.DeployAsync(plan, null, Cancellation);
        Assert.Equal([("service", ResourceAction.Start)], mended.Changes.Select(c => (c.Kind, c.Action)));

        await lab.LabAsync("stop", "h1");
        await lab.LabAsync("start", "h1");
        var rebooted = await runner.DeployAsync(plan, null, Cancellation);
        Assert.All(rebooted.Changes, c => Assert.Equal("awaited: it was still starting", c.Detail));

        Assert.Equal("", await lab.InsideAsync("h1", "journalctl -b | grep canary; grep -rl canary /etc /var/lib/twinbus /tmp /run --include=* 2>/dev/null || true"));
        Assert.DoesNotContain(events, e => e.ToString().Contains("canary", StringComparison.Ordinal));
        var removed = await runner.RemoveAsync(plan.Deployment, ["h1"], purgePackages: true, null, Cancellation);
        Assert.True(removed.Succeeded, removed.Failures.FirstOrDefault()?.ToString());
        var left = await lab.InsideAsync(
            "h1",
            $"find / -xdev -name '*{TestBroker.Name}*' -not -path '/proc/*' -not -path '/var/log/journal/*'; getent passwd {TestBroker.Name}; ls /var/lib/twinbus 2>/dev/null; pgrep epmd; dpkg -l rabbitmq-server 2>/dev/null | grep ^ii; true");
        Assert.Equal("", left);
    }

    [Fact]
    public async Task AHostKeyThatIsNotKnownIsRefusedWithItsFingerprint()
    {
        var fingerprint = (await lab.InsideAsync("h2", "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub")).Split(' ')[1];
        var strict = hosts.Options("root", "h2") with { AcceptNewHostKeys = false, KnownHostsFile = hosts.KnownHostsFile + ".empty" };

        var report = await new HostRunner(strict).CheckAsync(PlanOf("h2"), null, Cancellation);
        var accepted = await new HostRunner(strict with { AcceptNewHostKeys = true }).CheckAsync(PlanOf("h2"), null, Cancellation);
        var after = await new HostRunner(strict).CheckAsync(PlanOf("h2"), null, Cancellation);

        var failure = Assert.Single(report.Failures);
        Assert.Equal((HostFailureReason.HostKey, "h2"), (failure.Reason, failure.Host));
        Assert.Contains(fingerprint, failure.Why, StringComparison.Ordinal);
        Assert.True(accepted.Succeeded, accepted.Failures.FirstOrDefault()?.ToString());
        Assert.True(after.Succeeded, after.Failures.FirstOrDefault()?.ToString());
    }

    [Fact]
    public async Task AHostKeyThatChangedIsRefusedEvenWhenNewOnesAreAccepted()
    {
        var options = hosts.Options("root", "h2") with { KnownHostsFile = hosts.KnownHostsFile + ".other" };
        var foreign = (await lab.InsideAsync("h3", "cat /etc/ssh/ssh_host_ed25519_key.pub")).Trim();
        await File.WriteAllTextAsync(options.KnownHostsFile!, $"{lab.Address("h2")} {foreign}\n", Cancellation);

        var report = await new HostRunner(options).CheckAsync(PlanOf("h2"), null, Cancellation);

        var failure = Assert.Single(report.Failures);
        Assert.Equal(HostFailureReason.HostKey, failure.Reason);
        Assert.Contains("is not the one that is known", failure.What, StringComparison.Ordinal);
        Assert.Contains("SHA256:", failure.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AHostThatCannotBeReachedIsNamedAndTheOthersFinishTheStage()
    {
        await lab.LabAsync("cut", "h2");
        try
        {
            var report = await new HostRunner(hosts.Options("deploy", "h1", "h2", "h3")).DeployAsync(PlanOf("h1", "h2", "h3"), null, Cancellation);

            var failure = Assert.Single(report.Failures);
            Assert.Equal((HostFailureReason.Unreachable, "h2"), (failure.Reason, failure.Host));
            Assert.Equal(["h1", "h3"], report.Changes.Select(c => c.Host));
        }
        finally
        {
            await lab.LabAsync("heal");
        }

        var next = await new HostRunner(hosts.Options("deploy", "h1", "h2", "h3")).DeployAsync(PlanOf("h1", "h2", "h3"), null, Cancellation);
        Assert.Equal(["h2"], next.Changes.Select(c => c.Host));
        var removed = await new HostRunner(hosts.Options("deploy", "h1", "h2", "h3"))
            .RemoveAsync("lab-test", ["h1", "h2", "h3"], purgePackages: false, null, Cancellation);
        Assert.Equal(3, removed.Changes.Length);
    }

    [Fact]
    public async Task ALoginThatIsRefusedAndAUserWithoutSudoAreNamed()
    {
        await AddUserAsync("plain");

        var stranger = await new HostRunner(hosts.Options("stranger", "h3")).CheckAsync(PlanOf("h3"), null, Cancellation);
        var plain = await new HostRunner(hosts.Options("plain", "h3")).CheckAsync(PlanOf("h3"), null, Cancellation);

        Assert.Contains("refused the login of stranger", Assert.Single(stranger.Failures).What, StringComparison.Ordinal);
        var failure = Assert.Single(plain.Failures);
        Assert.Equal(HostFailureReason.NotPermitted, failure.Reason);
        Assert.Contains("show sudoers", failure.Next, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AUserWhoseSudoCoversOnlyTheAgentDeploysAndGoesOnToTheNextAgent()
    {
        await AddUserAsync("limited");
        await lab.InsideAsync("h3", $"echo '{Sudoers.Line("limited")}' > /etc/sudoers.d/limited; rm -rf /usr/local/lib/twinbus");
        var limited = new HostRunner(hosts.Options("limited", "h3"));

        var without = await limited.CheckAsync(PlanOf("h3"), null, Cancellation);
        Assert.Contains("may not put it there", Assert.Single(without.Failures).What, StringComparison.Ordinal);

        await new HostRunner(hosts.Options("root", "h3")).CheckAsync(PlanOf("h3"), null, Cancellation);
        var sum = await lab.InsideAsync("h3", "sha256sum /usr/local/lib/twinbus/agent; echo older >> /usr/local/lib/twinbus/agent");
        var deployed = await limited.DeployAsync(PlanOf("h3"), null, Cancellation);
        Assert.True(deployed.Succeeded, deployed.Failures.FirstOrDefault()?.ToString());
        Assert.Equal(sum, await lab.InsideAsync("h3", "sha256sum /usr/local/lib/twinbus/agent"));
        Assert.Contains("refused", await lab.InsideAsync("h3", "sudo -u limited sudo -n /usr/bin/id || echo refused; sudo -u limited sudo -n /usr/local/lib/twinbus/agent --x || echo refused"), StringComparison.Ordinal);
        Assert.True((await limited.RemoveAsync("lab-test", ["h3"], purgePackages: false, null, Cancellation)).Succeeded);
    }

    [Fact]
    public async Task AConnectionThatFallsSilentIsNoticedWithinHalfAMinuteAndLeavesNoLock()
    {
        var options = hosts.Options("root", "h3");
        var slow = Slow("h3");
        var cut = new Waiter<ResourceProgress>();
        var run = new HostRunner(options).DeployAsync(slow, cut, Cancellation);
        await cut.Happened;
        var start = TimeProvider.System.GetTimestamp();
        await lab.LabAsync("cut", "h3");
        RunReport report;
        try
        {
            report = await run;
        }
        finally
        {
            await lab.LabAsync("heal");
        }

        var took = TimeProvider.System.GetElapsedTime(start);
        Assert.True(took < TimeSpan.FromSeconds(30), $"It took {took.TotalSeconds} s.");
        Assert.Equal((HostFailureReason.Unreachable, "h3"), (report.Failures.Single().Reason, report.Failures.Single().Host));
        var next = await new HostRunner(options).RemoveAsync("lab-test", ["h3"], purgePackages: false, null, Cancellation);
        Assert.True(next.Succeeded, next.Failures.FirstOrDefault()?.ToString());
    }

    private Task<string> AddUserAsync(string user) => lab.InsideAsync(
        "h3", $"useradd -m {user}; cd ~{user}; install -d -o {user} -m700 .ssh; install -o {user} -m600 ~root/.ssh/authorized_keys .ssh/");

    private static Plan PlanOf(params string[] names) => new()
    {
        Deployment = "lab-test",
        Hosts = [.. names.Select(h => new HostPlan { Host = h, Stages = [new StagePlan(Stage.Prepare, [new DirectoryResource { Path = "/srv/lab-test" }])] })],
    };

    /// <summary>A service that never listens: it keeps a stage busy.</summary>
    private static Plan Slow(string host) => new()
    {
        Deployment = "lab-test",
        Hosts =
        [
            new HostPlan
            {
                Host = host,
                Stages =
                [
                    new StagePlan(Stage.Start,
                    [
                        new ServiceResource
                        {
                            Unit = "twinbus-lab-slow",
                            Description = "A test",
                            Command = ["/bin/sleep", "1000"],
                            User = "nobody",
                            WorkingDirectory = "/",
                            RuntimeDirectory = "/run/twinbus-lab-slow",
                            OutputFile = "/dev/null",
                            ReadyWhenListening = ["127.0.0.1:9"],
                        },
                    ]),
                ],
            },
        ],
    };

    private sealed class Waiter<TEvent> : IProgress<HostEvent>
    {
        private readonly TaskCompletionSource happened = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Happened => happened.Task;

        public void Report(HostEvent value)
        {
            if (value is TEvent)
            {
                happened.TrySetResult();
            }
        }
    }
}
