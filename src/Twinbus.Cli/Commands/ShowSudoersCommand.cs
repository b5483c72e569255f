using System.CommandLine;
using Twinbus.Cli.Invocation;
using Twinbus.Hosts.Sessions;

namespace Twinbus.Cli.Commands;

/// <summary>What a user who is not root needs in the sudoers of a host.</summary>
internal sealed class ShowSudoersCommand : Verb
{
    private readonly Option<string?> user = new("--user") { Description = "The user that twinbus logs in as. None: you.", HelpName = "NAME" };

    public ShowSudoersCommand()
        : base(
            "sudoers",
            "The line that a host's sudoers needs for a user who is not root: one fixed path, no wildcard.",
            new Example("twinbus show sudoers --user deploy", "put it into /etc/sudoers.d/twinbus on each host"))
        => Add(user);

    public override Task<ExitCode> RunAsync(CommandRun run, CancellationToken cancellationToken)
    {
        run.Terminal.Output.WriteLine(Sudoers.Line(run.Value(user) ?? Environment.UserName));
        return Task.FromResult(ExitCode.Done);
    }
}
