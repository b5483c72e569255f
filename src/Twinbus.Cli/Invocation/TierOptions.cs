using System.CommandLine;

namespace Twinbus.Cli.Invocation;

/// <summary>The files that describe a tier: <c>-e</c>, <c>-r</c> and <c>-i</c>.</summary>
internal sealed class TierOptions
{
    private readonly Option<string[]> environments;

    private readonly Option<string?> roles = new("--roles", "-r")
    {
        Description = "Roles file: which services the hosts of a group carry. None: the roles that come with Twinbus.",
        HelpName = "FILE",
    };

    private readonly Option<string?> inventory = new("--inventory", "-i")
    {
        Description = "Inventory in Ansible's YAML form; its groups are roles. None: that of the last deploy, else this machine.",
        HelpName = "FILE",
    };

    private readonly Option<bool> acceptNewHostKeys = new("--accept-new-host-keys")
    {
        Description = "Accept the SSH key of a host that is not known yet, and record it in the deployment directory.",
    };

    private readonly Option<int> parallel = HostReach.ParallelOption();

    private readonly Option<bool> startEmpty = new("--start-empty")
    {
        Description = "Let a broker go to other hosts altogether: it begins empty there, and what it holds on the old ones is lost.",
    };

    private readonly Option<string[]> forget = LeavingHosts.ForgetOption();

    public TierOptions(string whenNoneIsGiven) => environments = EnvironmentOption.Make(whenNoneIsGiven);

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

    public GivenTier Of(CommandRun run) => new(run.Value(environments)!, run.Value(roles), run.Value(inventory), new HostReach(run.Value(parallel), run.Value(acceptNewHostKeys)))
    {
        Leaving = new LeavingHosts(run.Value(startEmpty), [.. run.Value(forget) ?? []]),
    };
}

/// <summary>The files that were given, as they were written.</summary>
internal sealed record GivenTier(IReadOnlyList<string> Environments, string? Roles, string? Inventory, HostReach Reach)
{
    /// <summary>What may become of hosts that are in them no more.</summary>
    public LeavingHosts Leaving { get; init; } = LeavingHosts.None;

    /// <summary>Whether any file was given.</summary>
    public bool IsSomething => Environments.Count > 0 || Roles is not null || Inventory is not null;
}
