using System.CommandLine;

namespace Twinbus.Cli.Commands;

/// <summary>Every command there is, in the order of the help.</summary>
internal static class CommandTree
{
    public static IEnumerable<Command> All() =>
    [
        new UpCommand(),
        new PlanCommand(),
        new DeployCommand(),
        new ValidateCommand(),
        new HealthCommand(),
        Group("show", "Show where things are.", new ShowUrlsCommand(), new ShowPathsCommand()),
        new DownCommand(),
    ];

    private static Command Group(string name, string description, params Command[] commands)
    {
        Command group = new(name, description);
        foreach (Command command in commands)
        {
            group.Add(command);
        }

        return group;
    }
}
