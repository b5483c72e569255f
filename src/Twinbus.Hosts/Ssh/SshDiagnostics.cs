using System.Text.RegularExpressions;

namespace Twinbus.Hosts.Ssh;

/// <summary>What can be read from the OpenSSH client's standard error, or from its own account of a connection (<c>ssh -v</c>).</summary>
internal static partial class SshDiagnostics
{
    /// <summary>
    /// The jump host that a connection came no further than; null when the host itself was spoken to, or there is none. An
    /// account is needed for that.
    /// </summary>
    public static string? JumpHost(string account)
    {
        if (!account.Contains("Executing proxy command", StringComparison.Ordinal))
        {
            return null;
        }

        var peer = Peer().Matches(account).LastOrDefault()?.Groups["host"].Value;
        var target = Target().Match(account);
        return peer is null ? "the program that ProxyCommand names" : target.Success && target.Groups["host"].Value != peer ? peer : null;
    }

    /// <summary>The key that the last machine spoken to presented.</summary>
    public static string Fingerprint(string text)
    {
        var key = Lines(text).LastOrDefault(line => line.Contains("Server host key:", StringComparison.Ordinal))
            ?? Lines(text).FirstOrDefault(line => line.Contains("SHA256:", StringComparison.Ordinal));
        return key is null ? LastLine(text) : $"It presents: {key.Replace("debug1: Server host key: ", "", StringComparison.Ordinal).TrimEnd('.')}";
    }

    /// <summary>The command that forgets a key which changed, where the client says in which file it is; null when it does not.</summary>
    public static string? RemovalOfKnown(string text)
    {
        var line = Lines(text).FirstOrDefault(line => line.StartsWith("ssh-keygen -f", StringComparison.Ordinal));
        return line?.Trim();
    }

    /// <summary>The line that says that a login was refused, whoever's; null when there is none.</summary>
    public static string? Denied(string text) =>
        Lines(text).LastOrDefault(line => line.Contains("Permission denied", StringComparison.Ordinal));

    /// <summary>The last thing that was said.</summary>
    public static string LastLine(string text) => Lines(text).LastOrDefault() ?? "It did not say why.";

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    [GeneratedRegex(@"debug1: Authenticating to (?<host>\S+):\d+ as ")]
    private static partial Regex Peer();

    // As ProxyJump asks its client to go on; a ProxyCommand of the operator's own says no more than that it was run.
    [GeneratedRegex(@"Executing proxy command: exec .* -W '?\[(?<host>[^\]]+)\]:\d+'? ")]
    private static partial Regex Target();
}
