using System.Text.Json.Serialization.Metadata;
using Twinbus.Hosts.Converging;

namespace Twinbus.Hosts.Kinds.Services;

/// <summary>Begins a restart under a guard of one type; one such object serves all runs.</summary>
/// <param name="service">The service that is to be restarted.</param>
/// <param name="guard">Its guard.</param>
/// <param name="context">The run.</param>
public delegate GuardedRestart BeginRestart<in TGuard>(ServiceResource service, TGuard guard, ConvergenceContext context)
    where TGuard : RestartGuard;

/// <summary>The waits around one restart. Turns among hosts are the runner's business.</summary>
public abstract class GuardedRestart
{
    /// <summary>Before the service is told to stop: waits until the others can do without it.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="HostException">They cannot, and still could not after some time.</exception>
    public abstract Task BeforeStopAsync(CancellationToken cancellationToken);

    /// <summary>After it listens again: waits until it is one of them again.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="HostException">It runs, and did not find the others.</exception>
    public abstract Task AfterStartAsync(CancellationToken cancellationToken);
}

/// <summary>The restart guards that a program knows.</summary>
public static class RestartGuarding
{
    /// <summary>Adds a type of guard.</summary>
    /// <param name="kinds">What to add it to.</param>
    /// <param name="kind">Its name in JSON.</param>
    /// <param name="begin">What is done about it.</param>
    /// <param name="json">Its generated JSON form.</param>
    public static ResourceKinds AddRestartGuard<TGuard>(this ResourceKinds kinds, string kind, BeginRestart<TGuard> begin, JsonTypeInfo<TGuard> json)
        where TGuard : RestartGuard
    {
        ArgumentNullException.ThrowIfNull(kinds);
        return kinds.AddPart<RestartGuard, TGuard>(
            kind, new BeginRestart<RestartGuard>((service, guard, context) => begin(service, (TGuard)guard, context)), json);
    }

    /// <summary>The guarded restart of a service; null when nothing guards it.</summary>
    internal static GuardedRestart? Begin(ServiceResource service, ConvergenceContext context) => service.Guard is { } guard
        ? ((BeginRestart<RestartGuard>)context.Kinds.BehaviourOf(guard))(service, guard, context)
        : null;
}
