using Twinbus.Deployment.Model;

namespace Twinbus.Operations.Documents;

/// <summary>Where the broker of a messaging service has its things on each of its hosts; all null when it is external.</summary>
/// <param name="Instance">The broker instance's full name.</param>
/// <param name="Config">Directory of its configuration.</param>
/// <param name="Data">Directory of what it stores.</param>
/// <param name="Log">Directory of its logs.</param>
/// <param name="Pid">File with its process id.</param>
/// <param name="Unit">The service manager's name of it.</param>
public sealed record ServicePaths(string? Instance, string? Config, string? Data, string? Log, string? Pid, string? Unit)
{
    internal static ServicePaths Of(BrokerInstance? instance) => instance is { Paths: var paths }
        ? new(paths.FullName, paths.Config, paths.Data, paths.Log, paths.Pid, paths.Unit)
        : new(null, null, null, null, null, null);
}
