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
        Group("show", "Show where things are and what clients "
            + "need.", new ShowUrlsCommand(), new ShowPathsCommand(), new ShowConfigCommand(), new ShowParametersCommand(), new ShowSudoersCommand()),
        Group("passwords", "Show the passwords of the deployment.", new PasswordsListCommand()),
        Group("rpc", "Use an RPC bus by hand.", new RpcCallCommand(), new RpcServeCommand()),
        Group("notify", "Use a notification bus by hand.", new NotifySendCommand(), new NotifyListenCommand()),
        new ExplainCommand(),
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
