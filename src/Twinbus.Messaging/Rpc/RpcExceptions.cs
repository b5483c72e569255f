using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.Rpc;

/// <summary>
/// The server's method raised an exception whose type is not registered here (<c>RemoteError</c> of the original). The
/// type is never made from its name on the wire: it is told by <see cref="RpcFailure.Class"/>.
/// </summary>
public sealed class RemoteErrorException : MessagingException
{
    /// <summary>The class of a failure that says that a request may have run before; a Python caller sees it in a <c>RemoteError</c>.</summary>
    internal const string MayHaveRunClass = "RequestMayHaveRun";

    /// <summary>The module of failures that oslo.messaging has no class for.</summary>
    internal const string OwnModule = "twinbus.messaging";

    private const string DispatcherModule = "oslo_messaging.rpc.dispatcher";

    /// <summary>Makes the error from what came over the wire.</summary>
    public RemoteErrorException(RpcFailure failure)
        : this(failure, null)
    {
    }

    /// <summary>Makes the error from what came over the wire and could not be made a registered type.</summary>
    internal RemoteErrorException(RpcFailure failure, Exception? whyNotRebuilt)
        : base(ReasonOf(failure), $"Remote error: {MessageText.Name(failure.Class)} {MessageText.Cut(failure.Message)}", whyNotRebuilt) => Failure = failure;

    /// <summary>All that the server told: class, module, message, traceback, arguments.</summary>
    public RpcFailure Failure { get; }

    private static MessagingErrorReason ReasonOf(RpcFailure failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return (failure.Module, failure.Class) switch
        {
            (DispatcherModule, "NoSuchMethod") => MessagingErrorReason.NoSuchMethod,
            (DispatcherModule, "UnsupportedVersion") => MessagingErrorReason.UnsupportedVersion,
            (OwnModule, MayHaveRunClass) => MessagingErrorReason.MayHaveRun,
            _ => MessagingErrorReason.RemoteError,
        };
    }
}

/// <summary>
/// Thrown by an endpoint to choose what the caller sees: a Python caller gets <c>ValueError</c> itself for the module
/// <c>builtins</c> and the class <c>ValueError</c>.
/// </summary>
public sealed class RpcFailureException : Exception
{
    /// <summary>Fails the call with this failure.</summary>
    public RpcFailureException(RpcFailure failure)
        : base((failure ?? throw new ArgumentNullException(nameof(failure))).Message) => Failure = failure;

    /// <summary>Fails the call with a class, its text and its module.</summary>
    /// <param name="exceptionClass">Such as <c>ValueError</c>.</param>
    /// <param name="message">The text; also the one positional argument.</param>
    /// <param name="module">Such as <c>builtins</c>.</param>
    public RpcFailureException(string exceptionClass, string message, string module = "builtins")
        : this(new RpcFailure
        {
            Class = exceptionClass,
            Module = module,
            Message = message,
            Arguments = RpcFailure.TextArray(message),
        })
    {
    }

    /// <summary>What the caller sees.</summary>
    public RpcFailure Failure { get; }
}

/// <summary>The client's version cap does not allow this version (<c>RPCVersionCapError</c> of the original).</summary>
public sealed class RpcVersionCapException : MessagingException
{
    internal RpcVersionCapException(string? version, string versionCap)
        : base(
            MessagingErrorReason.VersionCap,
            $"Requested message version, {version ?? "none"}, is incompatible with the version cap {versionCap}: it needs the "
            + "same major version and at most the cap's minor version.")
    {
        Version = version;
        VersionCap = versionCap;
    }

    /// <summary>The version that was asked for; null for none.</summary>
    public string? Version { get; }

    /// <summary>The cap.</summary>
    public string VersionCap { get; }
}
