using RabbitMQ.Client;
using Twinbus.Hosts;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Running;
using Twinbus.Testing.Lab;

namespace Twinbus.Lab.Tests;

[Trait("Needs", "Lab")]
public sealed class ClusterTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const string Shared = "messaging-shared-rabbitmq";
    private const string Unit = "twinbus-default-messaging";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private readonly LabMachines lab = new("cb", "10.92.0");
    private Site site = null!;

    public async ValueTask InitializeAsync()
    {
        await lab.PublishAgentAsync();
        site = new Site(lab, output.WriteLine);
    }

    public async ValueTask DisposeAsync()
    {
        site.Dispose();
        await lab.DisposeAsync();
    }

    /// <summary>Three and a half minutes on two busy processors.</summary>
    [Fact]
    public async Task ThreeHostsShareAClusterThatComesBackFromAKilledNodeAndFromAPowerCut()
    {
        await lab.BootStrangersAsync(3);
        await DeployAsync(Shared, "h1", "h2", "h3");
        Assert.Equal(["h1", "h2", "h3"], await MembersAsync("h2"));
        await site.ProveAsync();
        var before = await ProcessesAsync("h1", "h2", "h3");

        Assert.Empty((await DeployAsync(Shared, "h1", "h2", "h3")).Changes);
        Assert.Equal(before, await ProcessesAsync("h1", "h2", "h3"));

        await lab.InsideAsync("h2", $"kill -9 $(cat /run/twinbus/default-messaging/pid)");
        await DeployAsync(Shared, "h1", "h2", "h3");
        await site.ProveAsync();

        await Task.WhenAll(lab.LabAsync("kill", "h1"), lab.LabAsync("kill", "h2"), lab.LabAsync("kill", "h3"));
        await Task.WhenAll(lab.LabAsync("start", "h1"), lab.LabAsync("start", "h2"), lab.LabAsync("start", "h3"));
        await DeployAsync(Shared, "h1", "h2", "h3");
        Assert.Equal(["h1", "h2", "h3"], await MembersAsync("h3"));
        await site.ProveAsync();
        Assert.Empty((await DeployAsync(Shared, "h1", "h2", "h3")).Changes);
    }

    /// <summary>Ten minutes and more on two busy processors: most of it is Erlang starting.</summary>
    [Fact]
    public async Task AClusterGrowsAndShrinksAndItsQueuesKeepTheirReplicasAndTheirMessages()
    {
        await lab.BootStrangersAsync(5);
        await DeployAsync(Shared, "h1", "h2", "h3");
        await FillAsync("h1", "orders", 100);
        Assert.Equal(["h1", "h2", "h3"], await ReplicasAsync("orders"));
        var before = await ProcessesAsync("h1", "h2", "h3");

        var grown = await DeployAsync(Shared, "h1", "h2", "h3", "h4", "h5");
        Assert.Equal(["h1", "h2", "h3", "h4", "h5"], await MembersAsync("h5"));
        Assert.Equal(["h1", "h2", "h3", "h4", "h5"], await ReplicasAsync("orders"));
        Assert.Equal(before, await ProcessesAsync("h1", "h2", "h3"));
        Assert.DoesNotContain(grown.Changes, c => c.Kind == "service" && c.Action == ResourceAction.Restart);
        await site.ProveAsync();
        Assert.Empty((await DeployAsync(Shared, "h1", "h2", "h3", "h4", "h5")).Changes);

        var shrunk = await DeployAsync(Shared, "h1", "h2", "h3");
        Assert.Contains(shrunk.Changes, c => c is { Host: "h1", Kind: "rabbitmq-cluster" } && c.Detail.Contains("h4 let go", StringComparison.Ordinal));
        Assert.True((await site.RemoveAsync("h4", "h5")).Succeeded);
        Assert.Equal(["h1", "h2", "h3"], await MembersAsync("h2"));
        Assert.Equal(["h1", "h2", "h3"], await ReplicasAsync("orders"));
        Assert.Equal(100u, await CountAsync("h3", "orders"));
        Assert.Empty((await DeployAsync(Shared, "h1", "h2", "h3")).Changes);
    }

    /// <summary>Nine minutes on two busy processors.</summary>
    [Fact]
    public async Task MembersRestartInTurnsAndNoneLeavesWhileAQueueNeedsItForItsMajority()
    {
        await lab.BootStrangersAsync(3);
        await DeployAsync(Shared, "h1", "h2", "h3");
        await FillAsync("h1", "orders", 100);
        var before = await ProcessesAsync("h1", "h2", "h3");

        var rolled = await DeployAsync(Shared, "RabbitTCPBacklog: 2048", ["h1", "h2", "h3"]);
        Assert.Equal(3, rolled.Changes.Count(c => c is { Kind: "service", Action: ResourceAction.Restart }));
        Assert.Equal(100u, await CountAsync("h2", "orders"));
        await site.ProveAsync();
        Assert.NotEqual(before, await ProcessesAsync("h1", "h2", "h3"));
        await AssertRestartedInTurnsAsync("h1", "h2", "h3");

        await lab.InsideAsync("h2", $"systemctl stop {Unit}");
        var refused = await site.DeployAsync(Shared, "  RabbitTCPBacklog: 2048\n", "h1", "h2");
        var failure = Assert.Single(refused.Failures);
        Assert.Equal(("h1", HostFailureReason.Refused), (failure.Host, failure.Reason));
        Assert.Contains("orders in / would lose its majority", failure.Why, StringComparison.Ordinal);
        Assert.Empty(refused.Changes);
    }

    /// <summary>Seven minutes on two busy processors.</summary>
    [Fact]
    public async Task TwoClustersShareThreeHostsAndNothingElse()
    {
        await lab.BootStrangersAsync(3);
        await DeployAsync("messaging-dual-rabbitmq", "h1", "h2", "h3");
        await site.ProveAsync();
        Assert.Empty((await DeployAsync("messaging-dual-rabbitmq", "h1", "h2", "h3")).Changes);

        await Task.WhenAll(((string[])["h1", "h2", "h3"]).Select(h => lab.InsideAsync(h, "systemctl stop twinbus-default-notify")));
        await using (var rpc = await site.ConnectAsync("rpc", "h2"))
        {
            Assert.True(rpc.IsOpen);
        }

        var mended = await DeployAsync("messaging-dual-rabbitmq", "h1", "h2", "h3");
        Assert.All(mended.Changes, c => Assert.Equal("twinbus-default-notify", c.Name));
        await site.ProveAsync();
    }

    private Task<RunReport> DeployAsync(string environment, params string[] hosts) => DeployAsync(environment, "", hosts);

    private async Task<RunReport> DeployAsync(string environment, string parameter, string[] hosts)
    {
        var start = TimeProvider.System.GetTimestamp();
        var report = await site.DeployAsync(environment, parameter.Length > 0 ? $"  {parameter}\n" : "", hosts);
        output.WriteLine($"deployed in {TimeProvider.System.GetElapsedTime(start).TotalSeconds:0.0} s, {report.Changes.Length} changed");
        foreach (var change in report.Changes)
        {
            output.WriteLine($"  {change}");
        }

        Assert.True(report.Succeeded, string.Join('\n', report.Failures));
        return report;
    }

    /// <summary>The members that run, as the node on a host sees them.</summary>
    private async Task<string[]> MembersAsync(string host)
    {
        var status = await CommandAsync(host, "rabbitmqctl", "eval 'lists:sort(rabbit_nodes:all_running()).'");
        return [.. System.Text.RegularExpressions.Regex.Matches(status, "@(h[0-9]+)").Select(m => m.Groups[1].Value)];
    }

    private async Task<string[]> ReplicasAsync(string queue)
    {
        var listed = await CommandAsync("h1", "rabbitmqctl", $"list_queues name members | grep ^{queue}");
        return [.. System.Text.RegularExpressions.Regex.Matches(listed, "@(h[0-9]+)").Select(m => m.Groups[1].Value).Order()];
    }

    private async Task FillAsync(string host, string queue, int messages)
    {
        await using var connection = await site.ConnectAsync("rpc", host);
        await using var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), Cancellation);
        var arguments = new Dictionary<string, object?> { ["x-queue-type"] = "quorum" };
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: Cancellation);
        for (var i = 0; i < messages; i++)
        {
            await channel.BasicPublishAsync("", queue, mandatory: true, new BasicProperties { Persistent = true }, new byte[] { 1 }, Cancellation);
        }
    }

    private async Task<uint> CountAsync(string host, string queue)
    {
        await using var connection = await site.ConnectAsync("rpc", host);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancellation);
        return (await channel.QueueDeclarePassiveAsync(queue, Cancellation)).MessageCount;
    }

    // A member that restarted in its turn became active before the next one was stopped.
    private async Task AssertRestartedInTurnsAsync(params string[] hosts)
    {
        var times = await Task.WhenAll(hosts.Select(async h => (
            Stopped: await TimeAsync(h, "InactiveEnterTimestamp"), Started: await TimeAsync(h, "ActiveEnterTimestamp"))));
        foreach (var (before, after) in times.Zip(times.Skip(1)))
        {
            Assert.True(before.Started < after.Stopped, string.Join(' ', times));
        }
    }

    private async Task<long> TimeAsync(string host, string property) =>
        long.Parse(await lab.InsideAsync(host, $"date -d \"$(systemctl show -P {property} {Unit})\" +%s"), System.Globalization.CultureInfo.InvariantCulture);

    private Task<string> CommandAsync(string host, string program, string arguments) => lab.InsideAsync(
        host,
        $"setpriv --reuid={Unit} --regid={Unit} --init-groups env HOME=/var/lib/twinbus/default-messaging "
        + $"RABBITMQ_CONF_ENV_FILE=/etc/twinbus/default-messaging/rabbitmq-env.conf /usr/lib/rabbitmq/bin/{program} -q {arguments}");

    private async Task<string[]> ProcessesAsync(params string[] hosts) =>
        await Task.WhenAll(hosts.Select(h => lab.InsideAsync(h, $"systemctl show -p MainPID,ActiveEnterTimestampMonotonic {Unit}")));
}
