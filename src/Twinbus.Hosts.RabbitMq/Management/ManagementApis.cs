using Twinbus.Hosts.Converging;

namespace Twinbus.Hosts.RabbitMq.Management;

/// <summary>The management APIs that a run talks to, each read once and again only after a change.</summary>
internal sealed class ManagementApis(ConvergenceContext context) : IDisposable
{
    private readonly Dictionary<string, ManagementApi> apis = [];

    public static ManagementApis Of(ConvergenceContext context) => context.Shared(() => new ManagementApis(context));

    public ManagementApi Of(RabbitMqManagement management)
    {
        if (!apis.TryGetValue(management.Instance, out var api))
        {
            apis[management.Instance] = api = new ManagementApi(management, context.Clock);
        }

        return api;
    }

    /// <summary>The way into an instance, or null when the plan does not name it.</summary>
    public ManagementApi? Find(string instance) =>
        context.Planned.OfType<IBrokerEntity>().FirstOrDefault(entity => entity.Management.Instance == instance) is { } entity ? Of(entity.Management) : null;

    public void Dispose()
    {
        foreach (var api in apis.Values)
        {
            api.Dispose();
        }
    }
}
