using System.Diagnostics;

namespace Twinbus.Hosts.Sessions;

/// <summary>This machine, for a user that is not root.</summary>
internal sealed class SudoLauncher(string host) : AgentLauncher(host)
{
    public override bool ArrivesAsRoot => false;

    public override ProcessStartInfo Start(IReadOnlyList<string> command) => new(command[0], command.Skip(1));

    public override HostFailure Explain(int exitCode, string error)
    {
        var failure = ExplainFarSide(exitCode, error) ?? BrokeOff(exitCode, error);
        return failure.Reason == HostFailureReason.NotPermitted
            ? failure with { Next = "Run the same command as root, for instance with sudo before it." }
            : failure;
    }
}
