using System.Text.RegularExpressions;
using Twinbus.Hosts.Running;
using Twinbus.Testing.Lab;

namespace Twinbus.Lab.Tests;

/// <summary>A cluster on three booted hosts, deployed once for the tests that share it.</summary>
public sealed class ThreeHosts : IAsyncLifetime
{
    public const string Unit = "twinbus-default-messaging";

    private const string Environment = "messaging-shared-rabbitmq";

    private readonly List<string> lines = [];
    private string? setting;

    public LabMachines Lab { get; } = new("ll", "10.94.0");

    internal Site Site { get; private set; } = null!;

    public static IReadOnlyList<string> Hosts { get; } = ["h1", "h2", "h3"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await Lab.PublishAgentAsync();
        await Lab.BootAsync(Hosts.Count);
        Site = new Site(Lab, Say);
        await DeployAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Site?.Dispose();
        await Lab.DisposeAsync();
    }

    /// <summary>Deploys, with another setting from now on if one is given.</summary>
    public async Task<RunReport> DeployAsync(string? parameter = null)
    {
        setting = parameter ?? setting;
        var report = await Site.DeployAsync(Environment, setting is null ? "" : $"  {setting}\n", [.. Hosts]);
        Assert.True(report.Succeeded, string.Join('\n', report.Failures) + "\n" + string.Join('\n', Lines().TakeLast(40)));
        return report;
    }

    /// <summary>The host whose node has most of the clients' connections, and how many of how many.</summary>
    public async Task<(string Host, int Connections, int All)> BusiestAsync()
    {
        var listed = await CommandAsync("h1", "list_connections pid");
        string[] hosts = [.. Regex.Matches(listed, "@(h[0-9]+)").Select(m => m.Groups[1].Value)];
        var busiest = hosts.GroupBy(h => h).MaxBy(g => g.Count())!;
        return (busiest.Key, busiest.Count(), hosts.Length);
    }

    /// <summary>Waits until a node sees all three run.</summary>
    public async Task WaitUntilWholeAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        string status;
        do
        {
            await timer.WaitForNextTickAsync(deadline.Token);
            status = await CommandAsync("h1", "eval 'length(rabbit_nodes:all_running()).' || true");
        }
        while (status.Trim() != "3");
    }

    public Task<string> CommandAsync(string host, string arguments) => Lab.InsideAsync(
        host,
        $"setpriv --reuid={Unit} --regid={Unit} --init-groups env HOME=/var/lib/twinbus/default-messaging "
        + $"RABBITMQ_CONF_ENV_FILE=/etc/twinbus/default-messaging/rabbitmq-env.conf /usr/lib/rabbitmq/bin/rabbitmqctl -q {arguments}");

    private void Say(string line)
    {
        lock (lines)
        {
            lines.Add(line);
        }

        TestContext.Current.TestOutputHelper?.WriteLine(line);
    }

    private string[] Lines()
    {
        lock (lines)
        {
            return [.. lines];
        }
    }
}
