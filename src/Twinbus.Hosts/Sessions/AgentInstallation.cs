using System.Diagnostics;
using Twinbus.Hosts.Agent;

namespace Twinbus.Hosts.Sessions;

/// <summary>Puts the agent onto a host that has none, or another one. Two commands, once for each version of Twinbus.</summary>
internal sealed class AgentInstallation(AgentLauncher launcher, string agentDirectory)
{
    private const int GaveUp = 255;

    // Each line of the answer says one thing; sudo may be limited to the agent, which is told apart from no sudo at all.
    private const string Probe = """
        uname -s; uname -m; if [ -f /var/lib/dpkg/status ]; then echo debian; else sed -n s/^PRETTY_NAME=//p /etc/os-release; fi
        """;

    // A few megabytes over a slow line; less than that is silence.
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(10);

    // Whole or not at all, like every file: others may be starting the agent at this moment.
    private const string Receive = """
        set -e; umask 022; mkdir -p "${1%/*}"; new=$1.$$; trap 'rm -f "$new"' EXIT; cat > "$new"; echo "$2  $new" | sha256sum -c --status; chmod 755 "$new"; mv "$new" "$1"
        """;

    /// <summary>The agent for the host's processor.</summary>
    /// <exception cref="HostException">The host is not one that Twinbus supports.</exception>
    public async Task<AgentFile> ChooseAsync(CancellationToken cancellationToken)
    {
        var probe = await RunAsync(["sh", "-c", Probe], input: null, cancellationToken).ConfigureAwait(false);

        // A login shell may have said something before.
        string[] answers = [.. probe.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).TakeLast(3)];
        if (answers is not ["Linux", _, "debian"])
        {
            throw new HostException(
                HostFailureReason.Unsupported,
                "The host's operating system is not supported.",
                $"It is {string.Join(' ', answers)}.",
                "Use a host with Debian 12 or 13.");
        }

        return AgentFile.For(answers[1], agentDirectory);
    }

    public Task InstallAsync(AgentFile agent, CancellationToken cancellationToken) =>
        RunAsync(launcher.AsRoot(["sh", "-c", Receive, "sh", AgentFile.InstalledPath, agent.Sum]), agent.Path, cancellationToken);

    private async Task<string> RunAsync(IReadOnlyList<string> command, string? input, CancellationToken cancellationToken)
    {
        var start = launcher.Start(command);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using var process = StartProcess(start);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Timeout);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await GiveAsync(process, input, limit.Token).ConfigureAwait(false);
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            var text = await output.ConfigureAwait(false);
            var said = (await error.ConfigureAwait(false)).Trim();
            return process.ExitCode == 0 ? text : throw new HostException(launcher.Explain(process.ExitCode, said.Length > 0 ? said : text.Trim()));
        }
        catch (OperationCanceledException e)
        {
            process.Kill();
            cancellationToken.ThrowIfCancellationRequested();
            throw new HostException(launcher.Explain(GaveUp, $"It did not end within {Timeout.TotalMinutes:0} minutes."), e);
        }
    }

    private static async Task GiveAsync(Process process, string? input, CancellationToken cancellationToken)
    {
        try
        {
            if (input is not null)
            {
                using var file = File.OpenRead(input);
                await file.CopyToAsync(process.StandardInput.BaseStream, cancellationToken).ConfigureAwait(false);
            }

            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it had read all; its exit code and words say why.
        }
    }

    private Process StartProcess(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new HostException(launcher.Explain(127, e.Message), e);
        }
    }
}
