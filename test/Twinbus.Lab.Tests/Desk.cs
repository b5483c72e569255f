using System.Text.Json;
using Twinbus.Testing;
using Twinbus.Testing.Lab;

namespace Twinbus.Lab.Tests;

/// <summary>An operator's desk: inventory, environment files and a deployment directory, and the real program to run on them.</summary>
internal sealed class Desk(LabMachines lab, string deployment, Action<string> log) : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    /// <summary>The shipped environment that is deployed.</summary>
    public string Environment { get; init; } = "messaging-shared-rabbitmq";

    /// <summary>The unit of the one broker instance that the shared environment makes.</summary>
    public string Unit => $"twinbus-{deployment}-messaging";

    /// <summary>Hosts by role.</summary>
    public IReadOnlyDictionary<string, string[]> Roles { get; init; } = new Dictionary<string, string[]> { ["Controller"] = ["h1", "h2", "h3"] };

    /// <summary>All hosts.</summary>
    public IReadOnlyList<string> Hosts => [.. Roles.Values.SelectMany(hosts => hosts)];

    /// <summary>Starts a deploy with these parameters, one a line, over the environment.</summary>
    public ProgramRun Deploy(params string[] parameters)
    {
        // A level is always given: an environment file without parameters would be none.
        var site = directory.Write("site.yaml", "parameter_defaults:\n  RabbitLogLevel: info\n" + string.Concat(parameters.Select(p => $"  {p}\n")));
        return ProgramRun.Start(
        [
            "deploy", "-v", "--accept-new-host-keys", "-d", directory[deployment], "-i", directory.Write("hosts.yaml", Inventory()),
            "-e", Path.Combine(LabMachines.Repository, "environments", "messaging", Environment + ".yaml"), "-e", site,
        ]);
    }

    /// <summary>Deploys, proves (the program does it) and must end well.</summary>
    public async Task<RunEnd> DeployWellAsync(params string[] parameters)
    {
        using var run = Deploy(parameters);
        var end = (await run.EndAsync()).With(0);
        log($"{DateTime.UtcNow:HH:mm:ss} {deployment}: {end.Changes.Count} changes in {end.Elapsed.TotalSeconds:0.0} s");
        return end;
    }

    /// <summary>Runs the program on the deployment; it must end with <paramref name="code"/>.</summary>
    public async Task<RunEnd> RunAsync(int code, params string[] arguments)
    {
        using var run = ProgramRun.Start([.. arguments, "-d", directory[deployment]]);
        return (await run.EndAsync()).With(code);
    }

    /// <summary>The checks of <c>twinbus health</c>, each as <c>service check address:port status</c>.</summary>
    public async Task<IReadOnlyList<string>> HealthAsync()
    {
        using var run = ProgramRun.Start(["health", "-d", directory[deployment], "--format", "json"]);
        using var report = JsonDocument.Parse((await run.EndAsync()).With(0).Output);
        return
        [
            .. report.RootElement.GetProperty("services").EnumerateArray().SelectMany(service => service.GetProperty("checks").EnumerateArray().Select(
                check => $"{service.GetProperty("service")} {check.GetProperty("name")} {check.GetProperty("host")} {check.GetProperty("status")}")),
        ];
    }

    /// <summary>The hosts were made anew: what their SSH keys were counts no longer.</summary>
    public void ForgetHostKeys() => File.Delete(Path.Combine(directory[deployment], "known_hosts"));

    /// <summary>Boots fresh hosts that do not know each other's names: Erlang has them from the plan.</summary>
    public async Task BootAsync()
    {
        await lab.BootAsync(Hosts.Count);
        await Task.WhenAll(Hosts.Select(h => lab.InsideAsync(h, "sed -i '/ h[0-9]/d' /etc/hosts")));
    }

    public void Dispose() => directory.Dispose();

    private string Inventory() => string.Concat(Roles.Select(role =>
        $"{role.Key}:\n  hosts:\n" + string.Concat(role.Value.Select(h =>
            $"    {h}: {{ansible_host: {lab.Address(h)}, ansible_user: deploy, ansible_ssh_private_key_file: {lab.KeyFile}}}\n"))));
}
