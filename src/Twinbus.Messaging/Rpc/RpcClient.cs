using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Twinbus.Messaging.Diagnostics;
using Twinbus.Messaging.Drivers;

namespace Twinbus.Messaging.Rpc;

/// <summary>
/// Calls the methods of the servers of a topic. Immutable and thread-safe: one client serves a whole process, and
/// <see cref="Prepare"/> gives a changed one for single calls at no cost.
/// </summary>
public sealed class RpcClient
{
    private readonly Transport transport;

    /// <summary>Makes a client.</summary>
    /// <param name="transport">The bus; it must outlive the client.</param>
    /// <param name="target">Whom to call: has a topic.</param>
    /// <param name="options">What its calls have in common. Null: the defaults.</param>
    /// <exception cref="MessagingException">The target has no topic, or an option is out of range.</exception>
    public RpcClient(Transport transport, Target target, RpcClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(transport);
        ArgumentNullException.ThrowIfNull(target);
        if (string.IsNullOrEmpty(target.Topic))
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidTarget, $"A topic is required to call or cast; the target is {target}.");
        }

        RpcVersion.Require(target.Version, "target's version");
        this.transport = transport;
        Target = target;
        Options = options ?? new RpcClientOptions();
        Options.Validate();
    }

    /// <summary>Whom it calls.</summary>
    public Target Target { get; }

    /// <summary>How it calls.</summary>
    public RpcClientOptions Options { get; }

    /// <summary>A client with another target or other options: <c>client.Prepare(t => t with { Server = "a" })</c>.</summary>
    public RpcClient Prepare(
        Func<Target, Target>? target = null, Func<RpcClientOptions, RpcClientOptions>? options = null) =>
        new(transport, target is null ? Target : target(Target), options is null ? Options : options(Options));

    /// <summary>Whether the version cap allows the target's version.</summary>
    public bool CanSendVersion() => CanSendVersion(Target.Version);

    /// <summary>Whether the version cap allows <paramref name="version"/>; without a cap everything is allowed.</summary>
    public bool CanSendVersion(string? version) => RpcVersion.IsCompatible(Options.VersionCap, version);

    /// <summary>Calls a method and returns its result.</summary>
    /// <param name="context">The request context.</param>
    /// <param name="method">The method's name on the wire.</param>
    /// <param name="arguments">Arguments by name; null for none.</param>
    /// <param name="cancellationToken">Stops waiting; the server may run the method all the same.</param>
    /// <exception cref="MessagingTimeoutException">No reply before the deadline.</exception>
    /// <exception cref="RemoteErrorException">The method raised an exception of a type that is not registered.</exception>
    /// <exception cref="MessageDeliveryException">The request could not be sent.</exception>
    /// <exception cref="RpcVersionCapException">The version cap does not allow the target's version.</exception>
    public async ValueTask<JsonElement> CallAsync(
        MessageContext context, string method, JsonObject? arguments = null, CancellationToken cancellationToken = default)
    {
        using IncomingReply reply = await Call(context, method, arguments ?? [], cancellationToken).ConfigureAwait(false);
        return Parse(ResultOf(reply, context));
    }

    /// <summary>Calls a method with typed arguments and result, without reflection.</summary>
    /// <param name="context">The request context.</param>
    /// <param name="method">The method's name on the wire.</param>
    /// <param name="arguments">An object whose members are the arguments.</param>
    /// <param name="argumentsType">Its source-generated type information.</param>
    /// <param name="resultType">The result's.</param>
    /// <param name="cancellationToken">Stops waiting; the server may run the method all the same.</param>
    /// <exception cref="JsonException">The result is not of the type.</exception>
    public async ValueTask<TResult?> CallAsync<TArguments, TResult>(
        MessageContext context,
        string method,
        TArguments arguments,
        JsonTypeInfo<TArguments> argumentsType,
        JsonTypeInfo<TResult> resultType,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(resultType);
        using IncomingReply reply = await Call(context, method, Payload.From(arguments, argumentsType), cancellationToken)
            .ConfigureAwait(false);
        return JsonSerializer.Deserialize(ResultOf(reply, context).Span, resultType);
    }

    /// <summary>Sends a request that nobody answers; completes when the broker has it.</summary>
    /// <param name="context">The request context.</param>
    /// <param name="method">The method's name on the wire.</param>
    /// <param name="arguments">Arguments by name; null for none.</param>
    /// <param name="cancellationToken">Stops waiting; the request may have been sent.</param>
    public ValueTask CastAsync(
        MessageContext context, string method, JsonObject? arguments = null, CancellationToken cancellationToken = default) =>
        Cast(context, method, arguments ?? [], cancellationToken);

    /// <summary>Sends a request with typed arguments that nobody answers; completes when the broker has it.</summary>
    public ValueTask CastAsync<TArguments>(
        MessageContext context,
        string method,
        TArguments arguments,
        JsonTypeInfo<TArguments> argumentsType,
        CancellationToken cancellationToken = default) =>
        Cast(context, method, Payload.From(arguments, argumentsType), cancellationToken);

    // Nobody who traces is the usual case: the driver's own task is handed on as it is.
    private ValueTask<IncomingReply> Call(MessageContext context, string method, Payload arguments, CancellationToken cancellationToken)
    {
        if (Target.Fanout)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidTarget, $"A call cannot be used with fanout: cast instead. The target is {Target}.");
        }

        OutgoingRequest request = Request(context, method, arguments);
        return MessagingSpan.SendingIsObserved
            ? CallTracedAsync(request, cancellationToken)
            : transport.Connection.CallAsync(request, cancellationToken);
    }

    private async ValueTask<IncomingReply> CallTracedAsync(OutgoingRequest request, CancellationToken cancellationToken)
    {
        using (MessagingSpan span = MessagingSpan.StartCall(transport, request))
        {
            try
            {
                IncomingReply reply = await transport.Connection.CallAsync(request, cancellationToken).ConfigureAwait(false);
                if (reply.Failure is not null)
                {
                    span.Failed(Failure(reply));
                }

                return reply;
            }
            catch (Exception error)
            {
                span.Failed(error);
                throw;
            }
        }
    }

    private ValueTask Cast(MessageContext context, string method, Payload arguments, CancellationToken cancellationToken)
    {
        OutgoingRequest request = Request(context, method, arguments);
        return MessagingSpan.SendingIsObserved
            ? CastTracedAsync(request, cancellationToken)
            : transport.Connection.CastAsync(request, cancellationToken);
    }

    private async ValueTask CastTracedAsync(OutgoingRequest request, CancellationToken cancellationToken)
    {
        using (MessagingSpan span = MessagingSpan.StartCast(transport, request))
        {
            try
            {
                await transport.Connection.CastAsync(request, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                span.Failed(error);
                throw;
            }
        }
    }

    private Exception Failure(IncomingReply reply) => transport.Options.RemoteExceptions.Rebuild(RpcFailure.Parse(reply.Failure!));

    /// <summary>The reply's result; throws when it is a failure.</summary>
    private ReadOnlyMemory<byte> ResultOf(IncomingReply reply, MessageContext context) =>
        reply.Failure is null ? Deserialize(context, reply.Result) : throw Failure(reply);

    private OutgoingRequest Request(MessageContext context, string method, Payload arguments)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentException.ThrowIfNullOrEmpty(method);
        if (Options.VersionCap is { } cap && !RpcVersion.IsCompatible(cap, Target.Version))
        {
            throw new RpcVersionCapException(Target.Version, cap);
        }

        return new OutgoingRequest
        {
            Target = Target,
            Method = method,
            Arguments = Options.Serializer?.SerializeArguments(context, arguments) is { } mapped ? mapped : arguments,
            Context = Options.Serializer?.SerializeContext(context) ?? context,
            Timeout = Options.Timeout ?? transport.Options.ResponseTimeout,
            CallMonitorTimeout = Options.CallMonitorTimeout,
            Retry = Options.Retry,
            FailWhenUnconfirmed = Options.FailWhenUnconfirmed,
            Mandatory = Options.Mandatory,
            Trace = TraceContext.Current,
        };
    }

    private ReadOnlyMemory<byte> Deserialize(MessageContext context, ReadOnlyMemory<byte> result)
    {
        if (result.IsEmpty)
        {
            return NullText;
        }

        if (Options.Serializer is not { } serializer)
        {
            return result;
        }

        JsonNode? entity = serializer.DeserializeEntity(context, Wire.PythonJson.ParseNode(result.Span));
        return entity is null ? NullText : System.Text.Encoding.UTF8.GetBytes(entity.ToJsonString());
    }

    private static readonly byte[] NullText = "null"u8.ToArray();

    private JsonElement Parse(ReadOnlyMemory<byte> json)
    {
        var reader = new Utf8JsonReader(json.Span, new JsonReaderOptions { MaxDepth = transport.Options.Limits.MaxDepth });
        return JsonElement.ParseValue(ref reader);
    }
}
