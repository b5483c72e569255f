using System.Diagnostics;
using Twinbus.Hosts.Agent;

namespace Twinbus.Hosts.Sessions;

/// <summary>The way to where an agent is started: which program carries a command there, and what its failures mean.</summary>
internal abstract class AgentLauncher
{
    /// <summary>Exit code of a shell, or of sudo's, for a program that is not there.</summary>
    protected const int NotFound = 127;

    private protected AgentLauncher(string host) => Host = host;

    /// <summary>The host's inventory name.</summary>
    public string Host { get; }

    /// <summary>Whether commands arrive there as root.</summary>
    public abstract bool ArrivesAsRoot { get; }

    /// <summary>How to start a command there.</summary>
    public abstract ProcessStartInfo Start(IReadOnlyList<string> command);

    /// <summary>What an exit code and the text on standard error mean.</summary>
    public abstract HostFailure Explain(int exitCode, string error);

    /// <summary>The command with sudo before it where it is needed. What sudo says is read: it is to say it in its own words, not the host's.</summary>
    public IReadOnlyList<string> AsRoot(IReadOnlyList<string> command) => ArrivesAsRoot ? command : ["env", "LC_ALL=C", "sudo", "-n", "--", .. command];

    /// <summary>What the far side says, whoever carries it: sudo's refusals and the shell's.</summary>
    protected static HostFailure? ExplainFarSide(int exitCode, string error)
    {
        if (error.Contains("a password is required", StringComparison.Ordinal)
            || error.Contains("a terminal is required", StringComparison.Ordinal)
            || error.Contains("not allowed to execute", StringComparison.Ordinal)
            || error.Contains("not in the sudoers file", StringComparison.Ordinal)
            || error.Contains("may not run sudo", StringComparison.Ordinal))
        {
            return new HostFailure(
                HostFailureReason.NotPermitted,
                "The user may not run the host agent as root.",
                error,
                "Add the line that \"twinbus show sudoers\" prints to the host's sudoers, or connect as root.");
        }

        if (exitCode == NotFound && error.Split('\n')[^1].StartsWith("env:", StringComparison.Ordinal))
        {
            return new HostFailure(
                HostFailureReason.NotPermitted, "The user is not root, and there is no sudo.", error, "Install sudo there, or connect as root.");
        }

        if (error.Contains("No space left on device", StringComparison.Ordinal))
        {
            return new HostFailure(HostFailureReason.DiskFull, "The disk is full.", error, "Make room there, then run this again.");
        }

        if (error.Contains("Exec format error", StringComparison.Ordinal))
        {
            return new HostFailure(
                HostFailureReason.Unsupported, "The host agent does not run on this processor.", error, "Use a host with an x86_64 or aarch64 processor.");
        }

        // A shell ends with 127; sudo says so in words.
        return exitCode == NotFound || error.Contains("command not found", StringComparison.Ordinal)
            ? new HostFailure(
                HostFailureReason.NoAgent,
                "The host agent cannot be started.",
                error,
                $"Copy twinbus-agent to {AgentFile.InstalledPath} on the host, as root and executable, then run this again.")
            : null;
    }

    /// <summary>What is left: the agent itself broke off.</summary>
    protected static HostFailure BrokeOff(int exitCode, string error) => new(
        HostFailureReason.Protocol,
        $"The host agent broke off (exit code {exitCode}).",
        error.Length > 0 ? error : "It did not say why; it may have been killed.",
        "Run this again; what is done already stays. If it happens again, please report it.");
}
