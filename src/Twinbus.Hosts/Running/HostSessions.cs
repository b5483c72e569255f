using Twinbus.Hosts.Convergence;

namespace Twinbus.Hosts.Running;

/// <summary>Opens a session with a host's agent in the way that its connection asks for.</summary>
internal sealed class HostSessions(RunnerOptions options, HostLayout layout)
{
    private readonly Lazy<IReadOnlySet<string>> knownAgents = new(() => AgentFile.KnownSums(options.AgentDirectory));

    public async ValueTask<IHostSession> OpenAsync(AgentRequest request, CancellationToken cancellationToken)
    {
        switch (options.Connections.GetValueOrDefault(request.Host))
        {
            case null or LocalConnection when Posix.IsRoot || request is FactsRequest || layout.Root != "/":
                return new InProcessSession(request, layout, options.Clock, cancellationToken);
            case SshConnection connection:
                var route = new SshRoute(request.Host, connection, options);
                try
                {
                    return await OpenAsync(route, request, cancellationToken).ConfigureAwait(false);
                }
                catch (HostException e) when (e.Reason == HostFailureReason.HostKey)
                {
                    var account = await route.ExplainRefusalAsync(cancellationToken).ConfigureAwait(false);
                    throw new HostException(route.Explain(255, account), e);
                }

            default:
                return await OpenAsync(new SudoRoute(request.Host), request, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<IHostSession> OpenAsync(AgentRoute route, AgentRequest request, CancellationToken cancellationToken)
    {
        var session = await TryStartAsync(route, cancellationToken).ConfigureAwait(false);
        if (session is null)
        {
            await new AgentInstallation(route, options.AgentDirectory).InstallAsync(cancellationToken).ConfigureAwait(false);
            session = await TryStartAsync(route, cancellationToken).ConfigureAwait(false) ?? throw new HostException(
                HostFailureReason.Protocol,
                "The host agent was installed, but another one answers.",
                $"{AgentFile.InstalledPath} on the host is not the file that was copied there.",
                "Run this again; if another deployer with another version of Twinbus is at work, wait for it to end.");
        }

        await session.SendRequestAsync(request, cancellationToken).ConfigureAwait(false);
        return session;
    }

    /// <summary>A session with the agent, or null when the host has none, or not this one.</summary>
    private async ValueTask<ProcessSession?> TryStartAsync(AgentRoute route, CancellationToken cancellationToken)
    {
        // A missing agent is told from a refusal of sudo: sudo says "command not found", a shell ends with 127.
        var session = ProcessSession.Start(
            route.Start(route.AsRoot([AgentFile.InstalledPath])), route.Explain, options.Clock);
        try
        {
            var first = await session.FirstAsync(cancellationToken).ConfigureAwait(false);
            if (first is HostReached { Agent: { } sum } && knownAgents.Value.Contains(sum))
            {
                return session;
            }
        }
        catch (HostException e) when (IsMissing(e.Failure, route))
        {
            // It is installed then.
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        await session.DisposeAsync().ConfigureAwait(false);
        return null;
    }

    private static bool IsMissing(HostFailure failure, AgentRoute route) =>
        failure.Reason == HostFailureReason.Unsupported
        || (failure.Reason == HostFailureReason.NotPermitted && !route.ArrivesAsRoot && failure.Why.Contains("command not found", StringComparison.Ordinal));
}
