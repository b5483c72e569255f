using System.Collections.Concurrent;
using System.Text.Json;

namespace Twinbus.Testing.Lab;

/// <summary>An operator's desk: inventory, environment files and a deployment directory, and the real program to run on them.</summary>
/// <param name="lab">The hosts.</param>
/// <param name="deployment">Its name.</param>
/// <param name="log">Takes what was run, and how it ended.</param>
/// <param name="cancellationToken">Ends what runs.</param>
public sealed class Desk(LabMachines lab, string deployment, Action<string> log, CancellationToken cancellationToken) : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly ConcurrentQueue<RunEnd> ended = [];

    /// <summary>Where the operator's files are, and where the program is run.</summary>
    public string Directory => directory.Path;

    /// <summary>What the program keeps of the deployment.</summary>
    public string DeploymentDirectory => directory[deployment];

    /// <summary>The runs that ended so far, with all that they printed.</summary>
    public IReadOnlyCollection<RunEnd> Ended => ended;

    /// <summary>The shipped environment that is deployed.</summary>
    public string Environment { get; init; } = "messaging-shared-rabbitmq";

    /// <summary>The unit of the one broker instance that the shared environment makes.</summary>
    public string Unit => $"twinbus-{deployment}-messaging";

    /// <summary>Hosts by role.</summary>
    public IReadOnlyDictionary<string, string[]> Roles { get; init; } = new Dictionary<string, string[]> { ["Controller"] = ["h1", "h2", "h3"] };

    /// <summary>All hosts.</summary>
    public IReadOnlyList<string> Hosts => [.. Roles.Values.SelectMany(hosts => hosts)];

    /// <summary>The options that name the tier: inventory, environment, and a file with these parameters, one a line, over it.</summary>
    public string[] Tier(params string[] parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        Write("hosts.yaml", Inventory());

        // A level is always given: an environment file without parameters would be none.
        Write("site.yaml", "parameter_defaults:\n  RabbitLogLevel: info\n" + string.Concat(parameters.Select(p => $"  {p}\n")));
        return ["-i", "hosts.yaml", "-e", Path.Combine(LabMachines.Repository, "environments", "messaging", Environment + ".yaml"), "-e", "site.yaml"];
    }

    /// <summary>Starts the program on the deployment.</summary>
    public ProgramRun Start(params string[] arguments) => ProgramRun.Start(arguments, directory.Path, DeploymentDirectory, Keep, cancellationToken);

    /// <summary>Runs the program on the deployment; it must end with <paramref name="code"/>.</summary>
    public async Task<RunEnd> RunAsync(int code, params string[] arguments)
    {
        using var run = Start(arguments);
        return (await run.EndAsync()).With(code);
    }

    /// <summary>Starts a deploy with these parameters, one a line, over the environment.</summary>
    public ProgramRun Deploy(params string[] parameters) => Start(["deploy", "-v", "--accept-new-host-keys", .. Tier(parameters)]);

    /// <summary>Deploys, proves (the program does it) and must end well.</summary>
    public async Task<RunEnd> DeployWellAsync(params string[] parameters)
    {
        using var run = Deploy(parameters);
        var end = (await run.EndAsync()).With(0);
        log($"  {end.Changes.Count} changes");
        return end;
    }

    /// <summary>The checks of <c>twinbus health</c>, each as <c>service check address:port status</c>.</summary>
    public async Task<IReadOnlyList<string>> HealthAsync()
    {
        using var report = JsonDocument.Parse((await RunAsync(0, "health", "--format", "json")).Output);
        return
        [
            .. report.RootElement.GetProperty("services").EnumerateArray().SelectMany(service => service.GetProperty("checks").EnumerateArray().Select(
                check => $"{service.GetProperty("service")} {check.GetProperty("name")} {check.GetProperty("host")} {check.GetProperty("status")}")),
        ];
    }

    /// <summary>The hosts were made anew: what their SSH keys were counts no longer.</summary>
    public void ForgetHostKeys() => File.Delete(Path.Combine(DeploymentDirectory, "known_hosts"));

    /// <summary>Boots fresh hosts.</summary>
    public Task BootAsync() => lab.BootStrangersAsync(Hosts.Count);

    public void Dispose() => directory.Dispose();

    private void Keep(RunEnd end)
    {
        ended.Enqueue(end);
        log($"{DateTime.UtcNow:HH:mm:ss} {deployment}: {end.Code} after {end.Elapsed.TotalSeconds:0.0} s: twinbus {end.Arguments}");
    }

    // For their owner only: parameters may be passwords.
    private void Write(string name, string text) => File.SetUnixFileMode(directory.Write(name, text), UnixFileMode.UserRead | UnixFileMode.UserWrite);

    /// <summary>An inventory of these hosts, all in one role.</summary>
    public string InventoryOf(params string[] hosts) => InventoryOf("Controller", hosts);

    private string Inventory() => string.Concat(Roles.Select(role => InventoryOf(role.Key, role.Value)));

    private string InventoryOf(string role, string[] hosts) => $"{role}:\n  hosts:\n" + string.Concat(hosts.Select(h =>
        $"    {h}: {{ansible_host: {lab.Address(h)}, ansible_user: deploy, ansible_ssh_private_key_file: {lab.KeyFile}}}\n"));
}
