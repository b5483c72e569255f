namespace Twinbus.Messaging.Drivers;

/// <summary>
/// Starts what lives longer than its caller: loops, timers, connections. Whoever happens to start them first must not lend them
/// its execution context for good, with its trace, its culture, its logging scope.
/// </summary>
public static class Detached
{
    /// <summary>Runs on the thread pool without the caller's execution context.</summary>
    public static Task Run(Func<Task> work)
    {
        if (ExecutionContext.IsFlowSuppressed())
        {
            return Task.Run(work);
        }

        using (ExecutionContext.SuppressFlow())
        {
            return Task.Run(work);
        }
    }

    /// <summary>As <see cref="Run(Func{Task})"/>, with a result.</summary>
    public static Task<T> Run<T>(Func<Task<T>> work)
    {
        if (ExecutionContext.IsFlowSuppressed())
        {
            return Task.Run(work);
        }

        using (ExecutionContext.SuppressFlow())
        {
            return Task.Run(work);
        }
    }

    /// <summary>Begins on this thread; what goes on later, goes on without the caller's execution context.</summary>
    public static void Begin(Func<Task> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (ExecutionContext.IsFlowSuppressed())
        {
            _ = work();
            return;
        }

        using (ExecutionContext.SuppressFlow())
        {
            _ = work();
        }
    }

    /// <summary>A timer whose callback runs without the caller's execution context.</summary>
    public static ITimer Timer(TimeProvider time, TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(time);
        if (ExecutionContext.IsFlowSuppressed())
        {
            return time.CreateTimer(callback, state, dueTime, period);
        }

        using (ExecutionContext.SuppressFlow())
        {
            return time.CreateTimer(callback, state, dueTime, period);
        }
    }
}
