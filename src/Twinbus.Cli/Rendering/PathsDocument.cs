using Twinbus.Deployment.Model;

namespace Twinbus.Cli.Rendering;

/// <summary>What <c>show paths --format json</c> prints for a service; all null when its broker is external.</summary>
internal sealed record PathsDocument(string? Instance, string? Config, string? Data, string? Log, string? Pid, string? Unit)
{
    public static PathsDocument Of(BrokerInstance? instance) => instance is { Paths: var paths }
        ? new(paths.FullName, paths.Config, paths.Data, paths.Log, paths.Pid, paths.Unit)
        : new(null, null, null, null, null, null);
}
