using System.CommandLine;
using Twinbus.Operations.Deploys;

namespace Twinbus.Cli.Invocation;

/// <summary>The files that describe a deployment, <c>-e</c>, <c>-r</c> and <c>-i</c>, and how its hosts are reached.</summary>
internal sealed class DeploymentOptions
{
    private readonly Option<string[]> environments;

    private readonly Option<string?> roles = new("--roles", "-r")
    {
        Description = "Roles file: which services the hosts of a group run. Default: that of the last deploy, else the roles that come with Twinbus.",
        HelpName = "FILE",
    };

    private readonly Option<string?> inventory = new("--inventory", "-i")
    {
        Description = "Inventory in Ansible's YAML format; its groups are roles. Default: that of the last deploy, else this machine.",
        HelpName = "FILE",
    };

    private readonly Option<bool> acceptNewHostKeys = new("--accept-new-host-keys")
    {
        Description = "Accept the SSH key of a host that is not known yet, and record it in the deployment directory.",
    };

    private readonly Option<int> parallel = HostOptions.Parallel();

    private readonly Option<bool> startEmpty = new("--start-empty")
    {
        Description = "Allow a broker to move to entirely different hosts: it starts empty there, and what it holds on the old hosts is lost.",
    };

    private readonly Option<string[]> forget = HostOptions.Forget();

    public DeploymentOptions(string whenNoneIsGiven) => environments = EnvironmentOption.Make(whenNoneIsGiven);

    /// <summary>Adds them to a command; only one that reaches hosts may meet a host key.</summary>
    public void AddTo(Command command, bool reachesHosts)
    {
        command.Add(environments);
        command.Add(roles);
        command.Add(inventory);
        if (reachesHosts)
        {
            command.Add(acceptNewHostKeys);
            command.Add(parallel);
            command.Add(startEmpty);
            command.Add(forget);
        }
    }

    /// <summary>The files, absolute.</summary>
    public DeploymentFiles Files(CommandRun run) => new()
    {
        Environments = [.. run.Value(environments)!.Select(run.Environment.Absolute)],
        Roles = Absolute(run, roles),
        Inventory = Absolute(run, inventory),
    };

    /// <summary>What may become of hosts that are not in the files any more.</summary>
    public LeavingHosts Leaving(CommandRun run) => new(run.Value(startEmpty), [.. run.Value(forget) ?? []]);

    /// <summary>How the hosts are reached.</summary>
    public HostReach Reach(CommandRun run) => new() { Parallel = run.Value(parallel), AcceptNewHostKeys = run.Value(acceptNewHostKeys) };

    private static string? Absolute(CommandRun run, Option<string?> option) => run.Value(option) is { } file ? run.Environment.Absolute(file) : null;
}
