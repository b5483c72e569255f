using Twinbus.Hosts.Agent;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Platform;
using Twinbus.Hosts.Sessions;
using Twinbus.Hosts.Ssh;

namespace Twinbus.Hosts.Running;

/// <summary>Opens a session with a host's agent in the way that its connection asks for.</summary>
internal sealed class HostSessions(RunnerOptions options, Func<AgentRequest, HostLayout> layoutOf)
{
    private readonly AgentJson json = AgentJson.Revealing(options.Kinds);
    private readonly Lazy<IReadOnlySet<string>> knownAgents = new(() => AgentFile.KnownSums(options.AgentDirectory));

    public async ValueTask<IHostSession> OpenAsync(AgentRequest request, CancellationToken cancellationToken)
    {
        var layout = layoutOf(request);
        switch (options.Connections.GetValueOrDefault(request.Host))
        {
            case null or LocalConnection when Posix.IsRoot || layout.Root != "/":
                return new InProcessSession(request, options.Kinds, layout, options.Clock, cancellationToken);
            case SshConnection connection:
                var launcher = new SshLauncher(request.Host, connection, options.KnownHostsFile, options.AcceptNewHostKeys);
                try
                {
                    return await OpenAsync(launcher, request, cancellationToken).ConfigureAwait(false);
                }
                catch (HostException e) when (e.Reason == HostFailureReason.HostKey)
                {
                    var diagnostics = await launcher.ExplainRefusalAsync(cancellationToken).ConfigureAwait(false);
                    throw new HostException(launcher.Explain(255, diagnostics), e);
                }

            default:
                return await OpenAsync(new SudoLauncher(request.Host), request, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<IHostSession> OpenAsync(AgentLauncher launcher, AgentRequest request, CancellationToken cancellationToken)
    {
        var (session, sum) = await StartAsync(launcher, cancellationToken).ConfigureAwait(false);
        if (session is null || !knownAgents.Value.Contains(sum))
        {
            await InstallAsync(session, launcher, request, cancellationToken).ConfigureAwait(false);
            (session, sum) = await StartAsync(launcher, cancellationToken).ConfigureAwait(false);
        }

        if (session is null || !knownAgents.Value.Contains(sum))
        {
            if (session is not null)
            {
                await session.DisposeAsync().ConfigureAwait(false);
            }

            throw new HostException(
                HostFailureReason.Protocol,
                "The host agent was installed, but another one answers.",
                $"{AgentFile.InstalledPath} on the host is not the file that was copied there.",
                "Run this again; if another deployer with another version of Twinbus is at work, wait for it to end.");
        }

        await session.SendRequestAsync(request, cancellationToken).ConfigureAwait(false);
        return session;
    }

    /// <summary>A session with whatever agent the host has, and that agent's sum; no session when it has none.</summary>
    private async ValueTask<(ProcessSession? Session, string Sum)> StartAsync(AgentLauncher launcher, CancellationToken cancellationToken)
    {
        var session = ProcessSession.Start(launcher.Start(launcher.AsRoot([AgentFile.InstalledPath])), json, launcher.Explain, options.Clock);
        try
        {
            return (session, (await session.FirstAsync(cancellationToken).ConfigureAwait(false) as HostReached)?.Agent ?? "");
        }
        catch (HostException e)
        {
            await session.DisposeAsync().ConfigureAwait(false);
            return e.Reason == HostFailureReason.NoAgent ? (null, "") : throw new HostException(e.Failure, e);
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>By the agent that is there, if it can; else by a shell.</summary>
    private async Task InstallAsync(ProcessSession? other, AgentLauncher launcher, AgentRequest request, CancellationToken cancellationToken)
    {
        var installation = new AgentInstallation(launcher, options.AgentDirectory);
        var agent = await installation.ChooseAsync(cancellationToken).ConfigureAwait(false);
        if (other is not null)
        {
            await using var ending = other.ConfigureAwait(false);
            var replace = new ReplaceAgentRequest
            {
                Host = request.Host,
                Holder = request.Holder,
                Program = await File.ReadAllBytesAsync(agent.Path, cancellationToken).ConfigureAwait(false),
                Sum = agent.Sum,
            };
            await other.SendRequestAsync(replace, cancellationToken).ConfigureAwait(false);
            if (await other.EndsWellAsync(cancellationToken).ConfigureAwait(false))
            {
                return;
            }
        }

        try
        {
            await installation.InstallAsync(agent, cancellationToken).ConfigureAwait(false);
        }
        catch (HostException e) when (e.Reason == HostFailureReason.NotPermitted)
        {
            throw new HostException(
                HostFailureReason.NotPermitted,
                "The host has no agent yet, and the user may not put it there.",
                e.Failure.Why,
                $"Once, as root on the host: install -D -m 755 twinbus-agent {AgentFile.InstalledPath} (it is {agent.Path} here), and add the line that \"twinbus show sudoers\" prints to its sudoers.",
                e);
        }
    }
}
