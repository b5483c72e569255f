using System.Runtime.ExceptionServices;

namespace Twinbus.Messaging.Notifications;

/// <summary>Several sendings of one notification, none of which may keep it from the rest.</summary>
internal static class Each
{
    /// <summary>Does all, one after the other; then throws the first error that there was.</summary>
    public static async ValueTask DoAsync<T>(IEnumerable<T> all, Func<T, ValueTask> send)
    {
        Exception? first = null;
        foreach (T one in all)
        {
            try
            {
                await send(one).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                // A driver of one's own may throw anything. It is thrown on below, when the others have had theirs.
                first ??= error;
            }
        }

        if (first is not null)
        {
            ExceptionDispatchInfo.Throw(first);
        }
    }
}
