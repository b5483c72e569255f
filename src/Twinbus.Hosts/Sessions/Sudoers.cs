using Twinbus.Hosts.Agent;

namespace Twinbus.Hosts.Sessions;

/// <summary>What a user who is not root needs in a host's sudoers.</summary>
public static class Sudoers
{
    /// <summary>The line: one fixed path that is root's own, no wildcard, no arguments.</summary>
    /// <param name="user">The user that Twinbus logs in as.</param>
    public static string Line(string user) => $"{user} ALL=(root) NOPASSWD: {AgentFile.InstalledPath} \"\"";
}
