using System.Diagnostics;
using System.Globalization;
using Twinbus.Hosts.Sessions;

namespace Twinbus.Hosts.Ssh;

/// <summary>Another machine, through the system's OpenSSH client. Never asks: no password, no host key that is not known.</summary>
internal sealed class SshLauncher(string host, SshConnection connection, string? knownHosts, bool acceptNewHostKeys) : AgentLauncher(host)
{
    private const int ConnectionFailed = 255;

    public override bool ArrivesAsRoot => connection.User == "root";

    public override ProcessStartInfo Start(IReadOnlyList<string> command) => Start(command, explain: false);

    public override HostFailure Explain(int exitCode, string error)
    {
        if (exitCode != ConnectionFailed && !(exitCode == NotFound && error.StartsWith("An error occurred trying to start", StringComparison.Ordinal)))
        {
            return ExplainFarSide(exitCode, error) ?? BrokeOff(exitCode, error);
        }

        if (error.Contains("REMOTE HOST IDENTIFICATION HAS CHANGED", StringComparison.Ordinal))
        {
            return ChangedKey(error);
        }

        if (error.Contains("Host key verification failed", StringComparison.Ordinal) || error.Contains("host key is known", StringComparison.Ordinal))
        {
            return UnknownKey(error);
        }

        if (SshDiagnostics.Denied(error) is { } denied)
        {
            return Denied(error, denied);
        }

        return new HostFailure(
            HostFailureReason.Unreachable,
            $"{connection.Address} cannot be reached, or the connection broke off.",
            SshDiagnostics.LastLine(error),
            $"Try by hand: ssh {Destination}. Then run this again; what is done already stays.");
    }

    private HostFailure ChangedKey(string error) => new(
        HostFailureReason.HostKey,
        SshDiagnostics.JumpHost(error) is { } jump
            ? $"The SSH key of {jump}, a jump host on the way to {connection.Address}, is not the one that is known: another machine may stand in for it."
            : $"The SSH key of {connection.Address} is not the one that is known: another machine may stand in for it.",
        SshDiagnostics.Fingerprint(error),
        $"If the host was installed anew, compare the fingerprint on the host itself, then: {SshDiagnostics.RemovalOfKnown(error) ?? $"ssh-keygen -R {Bracketed}{KnownHostsHint}"}");

    private HostFailure UnknownKey(string error) => SshDiagnostics.JumpHost(error) is { } jump
        ? new HostFailure(
            HostFailureReason.HostKey,
            $"The SSH key of {jump}, a jump host on the way to {connection.Address}, is not known.",
            SshDiagnostics.Fingerprint(error),
            $"Compare the fingerprint on the jump host itself, and connect to it once by hand, which records it; then run this again.")
        : new HostFailure(
            HostFailureReason.HostKey,
            $"The SSH key of {connection.Address} is not known.",
            SshDiagnostics.Fingerprint(error),
            "Compare the fingerprint on the host itself (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), then run this again with --accept-new-host-keys.");

    // When a jump host refuses, the connection through it breaks off after that.
    private HostFailure Denied(string error, string denied) => SshDiagnostics.LastLine(error) == denied
        ? new HostFailure(
            HostFailureReason.NotPermitted,
            $"{connection.Address} refused the login{(connection.User is { } user ? $" of {user}" : "")}.",
            denied,
            $"Give the host a key that this user has: ssh-copy-id {Destination}")
        : new HostFailure(
            HostFailureReason.NotPermitted,
            $"A jump host on the way to {connection.Address} refused the login.",
            denied,
            "See to it that the jump host takes a key that needs no password, or one that an SSH agent has.");

    /// <summary>
    /// Connects once more with the client's own account of it, for the fingerprint of a key that it refuses: it says
    /// it nowhere else, and it alone knows the way through jump hosts.
    /// </summary>
    public async Task<string> ExplainRefusalAsync(CancellationToken cancellationToken)
    {
        var start = Start(["true"], explain: true);
        start.RedirectStandardError = true;
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var text = await process.StandardError.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        return text;
    }

    /// <summary>One word for the far side's shell, whichever it is.</summary>
    internal static string Quote(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "-_./=:,@%+".Contains(c, StringComparison.Ordinal))
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private string Destination => connection.User is { } user ? $"{user}@{connection.Address}" : connection.Address;

    private string Bracketed => connection.Port is { } port and not 22 ? $"\"[{connection.Address}]:{port}\"" : connection.Address;

    private string KnownHostsHint => knownHosts is { } file ? $" -f {file}" : "";

    private ProcessStartInfo Start(IReadOnlyList<string> command, bool explain)
    {
        List<string> arguments =
        [
            "-T",
            "-o", "BatchMode=yes",
            "-o", $"StrictHostKeyChecking={(acceptNewHostKeys && !explain ? "accept-new" : "yes")}",
            "-o", "ConnectTimeout=10",
            "-o", "ServerAliveInterval=6",
            "-o", "ServerAliveCountMax=3",
            "-o", "ForwardAgent=no",
            "-o", "ForwardX11=no",

            // What a person's configuration asks for at a keyboard.
            "-o", "ClearAllForwardings=yes",
            "-o", "RemoteCommand=none",
        ];

        // In this form the clients of jump hosts give their account as well.
        arguments.AddRange(explain ? ["-v"] : ["-o", "LogLevel=ERROR"]);
        if (knownHosts is { } file)
        {
            // New keys go into the first file; those that the user accepted before count as well.
            arguments.AddRange(["-o", $"UserKnownHostsFile=\"{file}\" ~/.ssh/known_hosts ~/.ssh/known_hosts2", "-o", "HashKnownHosts=no"]);
        }

        if (connection.Port is { } port)
        {
            arguments.AddRange(["-p", port.ToString(CultureInfo.InvariantCulture)]);
        }

        if (connection.User is { } user)
        {
            arguments.AddRange(["-l", user]);
        }

        if (connection.KeyFile is { } key)
        {
            arguments.AddRange(["-i", key, "-o", "IdentitiesOnly=yes"]);
        }

        // The first of two values counts for the client: what is said above stays.
        if (connection.Arguments is { } further)
        {
            arguments.AddRange(SshArguments.Split(further, out string problem) ?? throw new ArgumentException(problem));
        }

        arguments.AddRange(["--", connection.Address, string.Join(' ', command.Select(Quote))]);
        return new ProcessStartInfo("ssh", arguments);
    }
}
