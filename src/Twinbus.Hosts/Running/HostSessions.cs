using Twinbus.Hosts.Convergence;

namespace Twinbus.Hosts.Running;

/// <summary>Opens a session with a host's agent in the way that its connection asks for.</summary>
internal sealed class HostSessions(RunnerOptions options, HostLayout layout)
{
    public ValueTask<IHostSession> OpenAsync(AgentRequest request, CancellationToken cancellationToken)
    {
        var connection = options.Connections.GetValueOrDefault(request.Host) ?? new LocalConnection();
        return connection switch
        {
            LocalConnection => ValueTask.FromResult<IHostSession>(
                new InProcessSession(request, layout, options.Clock, cancellationToken)),
            _ => throw new HostException(
                HostFailureReason.Unsupported,
                $"Host {request.Host} cannot be reached.",
                $"There is no way to a {connection.GetType().Name}.",
                "Use this machine."),
        };
    }
}
