using System.Collections.Immutable;
using System.Text.Json.Serialization.Metadata;

namespace Twinbus.Messaging.Rpc;

/// <summary>
/// The methods of one interface of a server: a namespace and a version, and a delegate for each name on the wire. What is
/// not mapped cannot be called. Map everything before the server starts.
/// </summary>
public sealed class RpcEndpoint
{
    private readonly Dictionary<string, Func<RpcRequest, CancellationToken, ValueTask<Payload>>> methods = new(StringComparer.Ordinal);
    private readonly List<Type> expected = [];

    /// <summary>The interface's namespace. Null: the one without a name.</summary>
    public string? Namespace { get; init; }

    /// <summary>
    /// Namespaces that it had before and still answers to (<c>legacy_namespaces</c> of the original's target); null among them is
    /// the one without a name. Default: none.
    /// </summary>
    public ImmutableArray<string?> LegacyNamespaces { get; init; } = [];

    /// <summary>The version that it implements. Default: 1.0.</summary>
    public string Version { get; init; } = "1.0";

    /// <summary>The names that can be called.</summary>
    public IReadOnlyCollection<string> Methods => methods.Keys;

    /// <summary>Maps a name to a delegate that reads its own arguments.</summary>
    /// <param name="method">The name on the wire; one that begins with '_' is refused, it would never be called.</param>
    /// <param name="handler">Runs the method; its token ends when the server stops without waiting any longer.</param>
    public RpcEndpoint Map(string method, Func<RpcRequest, CancellationToken, ValueTask<Payload>> handler)
    {
        ArgumentException.ThrowIfNullOrEmpty(method);
        ArgumentNullException.ThrowIfNull(handler);
        if (method.StartsWith('_'))
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidOptions,
                $"The method '{method}' begins with '_': such names are private and callers are refused. Choose another name.");
        }

        if (!methods.TryAdd(method, handler))
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidOptions, $"The method '{method}' is mapped twice in one endpoint.");
        }

        return this;
    }

    /// <summary>Maps a name to a delegate with typed arguments and result, without reflection.</summary>
    /// <param name="method">The name on the wire.</param>
    /// <param name="argumentsType">Type information of an object whose members are the arguments.</param>
    /// <param name="resultType">Type information of the result.</param>
    /// <param name="handler">Runs the method.</param>
    public RpcEndpoint Map<TArguments, TResult>(
        string method,
        JsonTypeInfo<TArguments> argumentsType,
        JsonTypeInfo<TResult> resultType,
        Func<TArguments, RpcRequest, CancellationToken, ValueTask<TResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(argumentsType);
        ArgumentNullException.ThrowIfNull(resultType);
        ArgumentNullException.ThrowIfNull(handler);
        return Map(method, async (request, cancellationToken) =>
        {
            TArguments arguments = request.ReadArguments(argumentsType)
                ?? throw new System.Text.Json.JsonException("The arguments are null.");
            return Payload.From(await handler(arguments, request, cancellationToken).ConfigureAwait(false), resultType);
        });
    }

    /// <summary>
    /// Declares exceptions of this type as part of the interface: the caller gets them, the server's log has no error.
    /// </summary>
    public RpcEndpoint Expect<TException>()
        where TException : Exception
    {
        expected.Add(typeof(TException));
        return this;
    }

    internal bool Answers(string? space) => space == Namespace || (!LegacyNamespaces.IsDefaultOrEmpty && LegacyNamespaces.Contains(space));

    internal void Expect(IEnumerable<Type> exceptions) => expected.AddRange(exceptions);

    internal bool TryGet(string method, out Func<RpcRequest, CancellationToken, ValueTask<Payload>> handler) =>
        methods.TryGetValue(method, out handler!);

    internal bool Expects(Exception error) => expected.Exists(type => type.IsInstanceOfType(error));
}
