namespace Twinbus.Messaging.Rpc;

/// <summary>Says that a class's methods are an RPC interface; see <see cref="AttributedEndpoint.From"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RpcInterfaceAttribute : Attribute
{
    /// <summary>The interface's namespace. Null: the one without a name.</summary>
    public string? Namespace { get; init; }

    /// <summary>Namespaces that it had before and still answers to; null among them is the one without a name. Default: none.</summary>
    public string?[] LegacyNamespaces { get; init; } = [];

    /// <summary>The version that it implements. Default: 1.0.</summary>
    public string Version { get; init; } = "1.0";
}

/// <summary>
/// Says that a public method can be called from the bus. Nothing else can: there is no policy that opens a class as a whole.
/// </summary>
/// <param name="name">The name on the wire. Null: the method's, in snake_case and without <c>Async</c>.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RpcMethodAttribute(string? name = null) : Attribute
{
    /// <summary>The name on the wire; null for the method's own.</summary>
    public string? Name => name;

    /// <summary>Exceptions that are part of the interface: the caller gets them, the server's log has no error.</summary>
    public Type[] Expected { get; init; } = [];
}
