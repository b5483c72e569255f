using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.Rpc;

/// <summary>The request that an endpoint's method answers. Valid until the method ends; copy what must live longer.</summary>
public sealed class RpcRequest
{
    private readonly IncomingRequest incoming;
    private readonly MessageSerializer? serializer;
    private MessageContext? context;

    internal RpcRequest(IncomingRequest incoming, MessageSerializer? serializer)
    {
        this.incoming = incoming;
        this.serializer = serializer;
    }

    /// <summary>The method's name on the wire.</summary>
    public string Method => incoming.Fields.Method;

    /// <summary>The namespace; null for the one without a name.</summary>
    public string? Namespace => incoming.Fields.Namespace;

    /// <summary>The version that the caller wants; <c>1.0</c> when it named none.</summary>
    public string Version => incoming.Fields.Version;

    /// <summary>Whether a caller waits for the result; false for a cast.</summary>
    public bool IsCall => incoming.ExpectsReply;

    /// <summary>
    /// Whether the bus delivered it before, so that it may have run already. See <see cref="RpcServerOptions.RefuseRedelivered"/>.
    /// </summary>
    public bool Redelivered => incoming.Redelivered;

    /// <summary>The request context.</summary>
    public MessageContext Context => context ??=
        serializer is null ? incoming.Context : serializer.DeserializeContext(incoming.Context);

    /// <summary>The arguments, a JSON object in UTF-8, as they came.</summary>
    public ReadOnlyMemory<byte> ArgumentsUtf8 => incoming.Fields.Arguments;

    /// <summary>The arguments as an element of its own.</summary>
    public JsonElement ReadArguments()
    {
        try
        {
            ReadOnlyMemory<byte> arguments = Deserialized();
            var reader = new Utf8JsonReader(arguments.Span, new JsonReaderOptions { MaxDepth = 1000 });
            return JsonElement.ParseValue(ref reader);
        }
        catch (JsonException error)
        {
            throw new ArgumentMismatchException(error);
        }
    }

    /// <summary>The arguments as a typed object, without reflection.</summary>
    /// <exception cref="JsonException">They do not fit the type; the caller gets a <c>TypeError</c>.</exception>
    public T? ReadArguments<T>(JsonTypeInfo<T> type)
    {
        ArgumentNullException.ThrowIfNull(type);
        ReadOnlyMemory<byte> arguments = Deserialized();
        try
        {
            return JsonSerializer.Deserialize(arguments.Span, type);
        }
        catch (JsonException error)
        {
            throw new ArgumentMismatchException(error);
        }
    }

    internal Payload Serialized(in Payload result) => serializer is null
        ? result
        : Payload.From(serializer.SerializeEntity(Context, result.ToNode()));

    private ReadOnlyMemory<byte> Deserialized()
    {
        if (serializer is null)
        {
            return incoming.Fields.Arguments;
        }

        JsonObject arguments = serializer.DeserializeArguments(Context, PythonJson.ParseNode(incoming.Fields.Arguments.Span));
        return System.Text.Encoding.UTF8.GetBytes(arguments.ToJsonString());
    }
}
