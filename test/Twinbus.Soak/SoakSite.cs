using System.Net.Sockets;
using System.Text.Json;
using Twinbus.Testing.Lab;

namespace Twinbus.Soak;

/// <summary>Three booted hosts with a cluster for RPC and one for notifications, deployed by the program itself.</summary>
internal sealed class SoakSite : IAsyncDisposable
{
    public static IReadOnlyList<string> Hosts { get; } = ["h1", "h2", "h3"];

    /// <summary>The two clusters.</summary>
    public static IReadOnlyList<string> Services { get; } = ["rpc", "notify"];

    /// <summary>Name of the deployment; its nodes are named after it.</summary>
    public const string Deployment = "soak";

    private const int FirstLimit = 60_000;
    private const int LimitStep = 8;
    private const int FirstPortMapper = 4370;
    private const int FirstPort = 5672;

    private static readonly TimeSpan HealthTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    private readonly LabMachines lab;
    private readonly Action<string> log;
    private readonly CancellationToken cancellationToken;
    private readonly Dictionary<string, ErlangProbe> probes = [];
    private Desk desk;
    private int limit = FirstLimit;
    private string handling = "";

    public SoakSite(string name, string net, Action<string> log, CancellationToken cancellationToken)
    {
        lab = new LabMachines(name, net);
        this.log = log;
        this.cancellationToken = cancellationToken;
        desk = NewDesk();
    }

    /// <summary>Whether the hosts must be made anew before the next cell.</summary>
    public bool IsSpoilt { get; set; } = true;

    /// <summary>Makes hosts and clusters ready for a cell: anew if they are spoilt, and with what it wants of them.</summary>
    public async Task PrepareAsync(string partitionHandling)
    {
        if (IsSpoilt)
        {
            await ForgetProbesAsync();
            desk.Dispose();
            desk = NewDesk();
            (limit, handling) = (FirstLimit, "");
            await desk.BootAsync();
        }

        if (handling != partitionHandling)
        {
            handling = partitionHandling;
            await DeployAsync();
        }

        IsSpoilt = false;
    }

    /// <summary>Deploys with a limit that none had before, for which each member restarts in its turn.</summary>
    public Task ChangeLimitAsync()
    {
        limit += LimitStep;
        return DeployAsync();
    }

    /// <summary>A command of the lab.</summary>
    public Task LabAsync(params string[] arguments) => lab.LabAsync(arguments);

    /// <summary>Address of a host.</summary>
    public string Address(string host) => lab.Address(host);

    /// <summary>A signal to the nodes of both clusters on a host.</summary>
    public Task SignalAsync(string signal, string host) =>
        lab.InsideAsync(host, $"kill -{signal} {string.Join(' ', Services.Select(service => $"$(cat /run/twinbus/{Deployment}-{service}/pid)"))}");

    /// <summary>Starts, stops or restarts the nodes of both clusters on a host.</summary>
    public Task SystemctlAsync(string command, string host) => lab.InsideAsync(host, $"systemctl {command} {string.Join(' ', Services.Select(Unit))}");

    /// <summary>Restarts one node.</summary>
    public Task RestartAsync(string service, string host) => lab.InsideAsync(host, $"systemctl restart {Unit(service)}");

    /// <summary>Erlang in both nodes on a host.</summary>
    public Task EvaluateAsync(string host, string expression) => Task.WhenAll(Services.Select(service => ProbeOf(service).AskAsync(host, expression, cancellationToken)));

    /// <summary>What the members of a cluster say of it.</summary>
    public async Task<ClusterState> StateAsync(string service)
    {
        List<Member> members = [];
        foreach (var host in Hosts)
        {
            try
            {
                var answer = await ProbeOf(service).AskAsync(host, Member.Question, cancellationToken);
                members.Add(Member.Parse(host, answer, await AcceptsAsync(service, host)));
            }
            catch (InvalidOperationException error)
            {
                log(error.Message);
                members.Add(new Member(host, 0, 0, false));
            }
        }

        return new ClusterState(members);
    }

    /// <summary>Deletes the queues of earlier runs.</summary>
    public Task DeleteQueuesAsync() => Task.WhenAll(Services.Select(service => ProbeOf(service).AskAsync(
        Hosts[0],
        $"[rabbit_amqqueue:delete(Q, false, false, <<\"soak\">>) || Q <- rabbit_amqqueue:list(), "
        + $"binary:match(element(4, amqqueue:get_name(Q)), <<\"{CellRun.TopicPrefix}\">>) =/= nomatch], ok.",
        cancellationToken)));

    /// <summary>What clients are configured with, by the program's own word.</summary>
    public async Task<ClientUrls> ClientUrlsAsync() => ClientUrls.Of((await desk.RunAsync(0, "show", "config", "--format", "json", "--reveal")).Output);

    /// <summary>What <c>twinbus health</c> says: <c>healthy</c>, or what failed, host by host.</summary>
    public async Task<string> HealthAsync()
    {
        using var run = desk.Start("health", "--format", "json", "--timeout", $"{HealthTimeout.TotalSeconds:0}");
        var end = await run.EndAsync();
        if (end.Code == 0)
        {
            return "healthy";
        }

        if (end.Code != 4)
        {
            return $"exit code {end.Code}: {end.Error.Trim().Split('\n')[^1]}";
        }

        using var report = JsonDocument.Parse(end.Output);
        var failed = report.RootElement.GetProperty("services").EnumerateArray().SelectMany(service => service.GetProperty("checks").EnumerateArray()
            .Where(check => check.GetProperty("status").GetString() == "failed")
            .Select(check => (Host: HostOf(check.GetProperty("host").GetString()!), Check: $"{service.GetProperty("service")} {check.GetProperty("name")}")));
        return "unhealthy: " + string.Join("; ", failed.GroupBy(each => each.Host, each => each.Check).Select(host => $"{host.Key}: {string.Join(", ", host)}"));
    }

    public async ValueTask DisposeAsync()
    {
        await ForgetProbesAsync();
        desk.Dispose();
        await lab.DisposeAsync();
    }

    private ErlangProbe ProbeOf(string service)
    {
        lock (probes)
        {
            return probes.TryGetValue(service, out var known) ? known : probes[service] = new ErlangProbe(
                service,
                FirstPortMapper + Number(service),
                lab.Address,
                () => lab.InsideAsync(Hosts[0], $"cat /var/lib/twinbus/{Deployment}-{service}/.erlang.cookie"));
        }
    }

    private async Task ForgetProbesAsync()
    {
        foreach (var probe in probes.Values)
        {
            await probe.DisposeAsync();
        }

        probes.Clear();
    }

    private async Task<bool> AcceptsAsync(string service, string host)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ConnectTimeout);
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(lab.Address(host), FirstPort + Number(service), limit.Token);
            return true;
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            log($"{service} on {host}: {error.Message}");
            return false;
        }
    }

    // The environment gives RPC the first port, of clients as of the port mapper, and notifications the one behind it.
    private static int Number(string service) => service == Services[0] ? 0 : 1;

    private static string Unit(string service) => $"twinbus-{Deployment}-{service}";

    private string HostOf(string endpoint) => Hosts.FirstOrDefault(host => endpoint.StartsWith(lab.Address(host) + ":", StringComparison.Ordinal)) ?? endpoint;

    private Desk NewDesk() => new(lab, Deployment, log, cancellationToken) { Environment = "messaging-dual-rabbitmq" };

    private async Task DeployAsync() => await desk.DeployWellAsync($"RabbitPartitionHandling: {handling}", $"RabbitFDLimit: {limit}");
}
