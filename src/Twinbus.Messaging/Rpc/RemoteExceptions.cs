using System.Collections.Immutable;

namespace Twinbus.Messaging.Rpc;

/// <summary>
/// The exceptions that cross the wire as themselves, both ways. Immutable. A failure from the wire becomes a registered
/// type only when its module is registered with its class; everything else is a <see cref="RemoteErrorException"/>.
/// </summary>
public sealed class RemoteExceptions
{
    private readonly ImmutableDictionary<(string Module, string Class), Func<RpcFailure, Exception>> incoming;
    private readonly ImmutableDictionary<Type, Func<Exception, RpcFailure>> outgoing;

    private RemoteExceptions(
        ImmutableDictionary<(string Module, string Class), Func<RpcFailure, Exception>> incoming,
        ImmutableDictionary<Type, Func<Exception, RpcFailure>> outgoing)
    {
        this.incoming = incoming;
        this.outgoing = outgoing;
    }

    /// <summary>No registered type.</summary>
    public static RemoteExceptions None { get; } = new(
        ImmutableDictionary<(string Module, string Class), Func<RpcFailure, Exception>>.Empty,
        ImmutableDictionary<Type, Func<Exception, RpcFailure>>.Empty);

    /// <summary>Registers a type in both directions.</summary>
    /// <param name="module">The Python module, such as <c>nova.exception</c>; <c>exceptions</c> is <c>builtins</c>.</param>
    /// <param name="exceptionClass">The Python class, such as <c>InstanceNotFound</c>.</param>
    /// <param name="rebuild">
    /// Makes the exception from what came over the wire. When it throws, because what came does not fit, the caller gets a
    /// <see cref="RemoteErrorException"/> with that as its inner exception.
    /// </param>
    /// <param name="describe">
    /// Tells what to send; null: class, module, the exception's message as its one argument. When it throws, the exception is
    /// sent as one that is not registered.
    /// </param>
    public RemoteExceptions Register<TException>(
        string module,
        string exceptionClass,
        Func<RpcFailure, TException> rebuild,
        Func<TException, RpcFailure>? describe = null)
        where TException : Exception
    {
        ArgumentException.ThrowIfNullOrEmpty(module);
        ArgumentException.ThrowIfNullOrEmpty(exceptionClass);
        ArgumentNullException.ThrowIfNull(rebuild);
        string home = Home(module);
        return new(
            incoming.SetItem((home, exceptionClass), rebuild),
            outgoing.SetItem(typeof(TException), exception => describe is not null
                ? describe((TException)exception)
                : Describe(exception, home, exceptionClass)));
    }

    internal Exception Rebuild(RpcFailure failure)
    {
        if (!incoming.TryGetValue((Home(failure.Module), failure.Class), out var rebuild))
        {
            return new RemoteErrorException(failure);
        }

        try
        {
            return rebuild(failure);
        }
        catch (Exception error)
        {
            // What the server said does not fit the type; as in the original it must not be lost over that.
            return new RemoteErrorException(failure, error);
        }
    }

    internal RpcFailure Describe(Exception exception)
    {
        RpcFailure failure = exception switch
        {
            RpcFailureException chosen => chosen.Failure,
            // A server in the middle passes on what the server behind it said.
            RemoteErrorException remote => remote.Failure,
            _ => Registered(exception) ?? Describe(exception, exception.GetType().Namespace ?? "", exception.GetType().Name),
        };
        return failure.Traceback.IsEmpty ? failure with { Traceback = Traceback(exception, failure) } : failure;
    }

    private RpcFailure? Registered(Exception exception)
    {
        for (Type? type = exception.GetType(); type is not null && type != typeof(Exception); type = type.BaseType)
        {
            if (outgoing.TryGetValue(type, out var describe))
            {
                return describe(exception);
            }
        }

        return null;
    }

    private static RpcFailure Describe(Exception exception, string module, string exceptionClass) => new()
    {
        Class = exceptionClass,
        Module = module,
        Message = exception.Message,
        Arguments = RpcFailure.TextArray(exception.Message),
    };

    private static ImmutableArray<string> Traceback(Exception exception, RpcFailure failure) =>
    [
        "Traceback (most recent call last):\n",
        .. (exception.StackTrace ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries).Reverse().Select(line => line + "\n"),
        $"{failure.Module}.{failure.Class}: {failure.Message}\n",
    ];

    // Python 2 called its own module so.
    private static string Home(string module) => module == "exceptions" ? "builtins" : module;
}
