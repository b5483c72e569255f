using System.Collections.Immutable;
using Twinbus.Hosts.Kinds.Services;
using Twinbus.Hosts.Platform;
using Twinbus.Hosts.RabbitMq.Cluster;
using Twinbus.Hosts.RabbitMq.Management;
using Twinbus.Hosts.Running;
using Twinbus.Testing;

namespace Twinbus.Hosts.Tests.RabbitMq.Cluster;

/// <summary>What one host refuses is changed on none, and kept nowhere: it may be another's.</summary>
public sealed class RefusedPlanTests : IAsyncDisposable
{
    private readonly TestHost host = new();

    public async ValueTask DisposeAsync()
    {
        await host.RemoveAsync();
        host.Dispose();
    }

    [Fact]
    public async Task ARefusedPlanIsNotKeptAsIfItHadBeenDeployed()
    {
        Directory.CreateDirectory(host["work"]);
        var cookie = host.File("work/.erlang.cookie", "one");
        var port = FreePort.Next();
        await host.DeployAsync(cookie, Member(port));
        var resolved = false;
        var plan = host.PlanOf(host.File("a.conf", "x\n"), cookie with { Content = "another" }, Member(port));
        var factory = PlanFactory.Of(plan) with
        {
            Resolved = _ =>
            {
                resolved = true;
                return Task.CompletedTask;
            },
        };

        var report = await host.Runner().DeployAsync(factory, ImmutableDictionary<string, string>.Empty, null, default);

        Assert.Equal(HostFailureReason.Refused, Assert.Single(report.Failures).Reason);
        Assert.Empty(report.Changes);
        Assert.False(resolved);
    }

    private ServiceResource Member(int port) => new()
    {
        Unit = "twinbus-test-" + Path.GetFileName(host.Layout.Root),
        Description = "A test",
        Command = ["/usr/bin/perl", "-MIO::Socket::INET", "-e", $"$s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => {port}, Listen => 5) or die; sleep 600"],
        User = Environment.UserName,
        WorkingDirectory = host["work"],
        RuntimeDirectory = host["run/twinbus/test"],
        OutputFile = host["work/output"],
        LoadedFiles = [host["work/.erlang.cookie"]],
        ReadyWhenListening = [$"127.0.0.1:{port}"],
        StartTimeoutSeconds = 20,
        Guard = new RabbitMqMembership
        {
            Management = new RabbitMqManagement
            {
                Instance = "test",
                Port = 1,
                UserName = "twinbus",
                Password = new Secret("x"),
                Node = new RabbitMqNode { NodeName = "test@here", SystemUser = Environment.UserName, Home = host["work"], EpmdPort = 1 },
            },
            Members = ["test@here", "test@there"],
        },
    };
}
