using Twinbus.Deployment.Oslo;

namespace Twinbus.Deployment.Clients.Formats;

/// <summary>Collects what a deployment tool has no words for, so that nobody is handed half of a configuration.</summary>
internal sealed class Inexpressible(string tool)
{
    private readonly List<Problem> problems = [];

    public void Add(string what, string why, string next) => problems.Add(new Problem($"{tool} cannot say {what}", why, next));

    /// <summary>The one port that all hosts of a bus have.</summary>
    public int OnePort(MessagingBus bus)
    {
        int[] ports = [.. bus.Endpoints.Select(endpoint => endpoint.Port).Distinct()];
        if (ports.Length > 1)
        {
            Add(
                $"that {bus.Name} has the ports {string.Join(" and ", ports)}",
                "it has one port for all hosts of a messaging service",
                $"give {bus.Name} the same port on each host, or use --format text");
        }

        return ports[0];
    }

    /// <exception cref="DeploymentException">Something was added.</exception>
    public void ThrowIfAny()
    {
        if (problems.Count > 0)
        {
            throw new DeploymentException(DeploymentFailureReason.InvalidInput, [.. problems]);
        }
    }
}
