using System.CommandLine;
using Twinbus.Cli.Invocation;
using Twinbus.Hosts.Running;

namespace Twinbus.Cli.Commands;

/// <summary>What a user who is not root needs in the sudoers of a host.</summary>
internal sealed class ShowSudoersCommand : LeafCommand
{
    private readonly Option<string?> user = new("--user") { Description = "The user that Twinbus logs in as. Default: you.", HelpName = "NAME" };

    public ShowSudoersCommand()
        : base(
            "sudoers",
            "Print the sudoers line that a host needs for a user other than root: one fixed path, no wildcard.",
            new Example("twinbus show sudoers --user deploy", "put it in /etc/sudoers.d/twinbus on each host"))
        => Add(user);

    public override Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        run.Terminal.Output.WriteLine(Sudoers.Line(run.Value(user) ?? Environment.UserName));
        return Task.FromResult(ExitCode.Done);
    }
}
