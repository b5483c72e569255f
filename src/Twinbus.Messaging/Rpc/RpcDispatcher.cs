using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Twinbus.Messaging.Drivers;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.Rpc;

/// <summary>Finds the method for a request, by namespace, version and name, and turns every outcome into a reply.</summary>
internal sealed partial class RpcDispatcher
{
    private const string DispatcherModule = "oslo_messaging.rpc.dispatcher";

    private readonly ImmutableArray<RpcEndpoint> endpoints;
    private readonly RpcServerOptions options;
    private readonly Transport transport;
    private readonly ILogger logger;

    public RpcDispatcher(Transport transport, ImmutableArray<RpcEndpoint> endpoints, RpcServerOptions options, ILogger logger)
    {
        this.transport = transport;
        this.options = options;
        this.logger = logger;
        foreach (RpcEndpoint endpoint in endpoints)
        {
            RpcVersion.Require(endpoint.Version, "endpoint's version");
        }

        this.endpoints = options.PingEnabled ? endpoints.Add(Ping()) : endpoints;
    }

    /// <summary>Runs the request's method and answers it. Never throws: what fails is the caller's to see, or logged.</summary>
    public async ValueTask RunAsync(IncomingRequest incoming, CancellationToken cancellationToken)
    {
        var request = new RpcRequest(incoming, options.Serializer);
        using CallHeartbeat? heartbeat = CallHeartbeat.Start(incoming, transport.Options.TimeProvider, logger);
        Payload result = default;
        string? failure = null;
        RpcEndpoint? endpoint = null;
        try
        {
            var handler = Find(request, out endpoint);
            if (options.RefuseRedelivered && request.Redelivered)
            {
                endpoint = null;
                throw new RpcFailureException(
                    RemoteErrorException.MayHaveRunClass,
                    $"{MessageText.Name(request.Method)} may have run already: its request was delivered to a server before. It is not run again (RefuseRedelivered).",
                    RemoteErrorException.OwnModule);
            }

            result = request.Serialized(await handler(request, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception error)
        {
            failure = Describe(request, endpoint, error);
        }

        if (heartbeat is not null)
        {
            await heartbeat.StopAsync().ConfigureAwait(false);
        }

        if (incoming.ExpectsReply)
        {
            await ReplyAsync(incoming, result, failure).ConfigureAwait(false);
        }
    }

    private async ValueTask ReplyAsync(IncomingRequest incoming, Payload result, string? failure)
    {
        try
        {
            // A stop finishes what runs, and its reply belongs to it.
            await incoming.ReplyAsync(result, failure, ending: true, CancellationToken.None).ConfigureAwait(false);
        }
        catch (MessagingException error) when (error.Reason != MessagingErrorReason.BeyondLimits)
        {
            LogReplyLost(MessageText.Name(incoming.Fields.Method), error.Message);
        }
        catch (Exception error) when (error is not ObjectDisposedException)
        {
            // The result cannot be written as JSON (what it is made of may throw anything), or result or failure are beyond the
            // limits. The caller gets that instead of silence.
            LogFailed(error, MessageText.Name(incoming.Fields.Method));
            await ReplyUnsendableAsync(incoming, error).ConfigureAwait(false);
        }
    }

    private async ValueTask ReplyUnsendableAsync(IncomingRequest incoming, Exception error)
    {
        RpcFailure failure = Describe(error) with { Traceback = [] };
        string text = failure.Message.Length > MessageText.LongestSentence
            ? RemoteExceptions.None.Describe(new MessagingException(MessagingErrorReason.BeyondLimits, MessageText.Sentence(failure.Message))).ToJson()
            : failure.ToJson();
        try
        {
            await incoming.ReplyAsync(default, text, ending: true, CancellationToken.None).ConfigureAwait(false);
        }
        catch (MessagingException lost)
        {
            LogReplyLost(MessageText.Name(incoming.Fields.Method), lost.Message);
        }
    }

    private Func<RpcRequest, CancellationToken, ValueTask<Payload>> Find(RpcRequest request, out RpcEndpoint? found)
    {
        bool compatible = false;
        foreach (RpcEndpoint endpoint in endpoints)
        {
            if (!endpoint.Answers(request.Namespace) || !RpcVersion.IsCompatible(endpoint.Version, request.Version))
            {
                continue;
            }

            if (endpoint.TryGet(request.Method, out var handler))
            {
                found = endpoint;
                return handler;
            }

            compatible = true;
        }

        found = null;
        throw compatible
            ? Refused("NoSuchMethod", $"Endpoint does not support RPC method {MessageText.Name(request.Method)}")
            : Refused(
                "UnsupportedVersion",
                $"Endpoint does not support RPC version {MessageText.Name(request.Version)}. Attempted method: {MessageText.Name(request.Method)}");
    }

    private string Describe(RpcRequest request, RpcEndpoint? endpoint, Exception error)
    {
        string method = MessageText.Name(request.Method);
        if (error is ArgumentMismatchException && endpoint is not null)
        {
            // Python says TypeError when arguments do not fit the method.
            error = new RpcFailureException("TypeError", $"The arguments of {method} do not fit: {MessageText.Sentence(error.Message)}");
        }

        if (endpoint is null)
        {
            LogRefused(method, error.Message);
        }
        else if (endpoint.Expects(error))
        {
            LogExpected(method, error.GetType().Name, MessageText.Sentence(error.Message));
        }
        else
        {
            LogFailed(error, method);
        }

        RpcFailure failure = Describe(error);
        return (options.SendTraceback ? failure : failure with { Traceback = [] }).ToJson();
    }

    private RpcFailure Describe(Exception error)
    {
        try
        {
            return transport.Options.RemoteExceptions.Describe(error);
        }
        catch (Exception undescribed)
        {
            // A registration's own code failed. The caller is told of the method's failure all the same.
            LogUndescribed(undescribed, error.GetType().Name);
            return RemoteExceptions.None.Describe(error);
        }
    }

    private static RpcFailureException Refused(string exceptionClass, string message) =>
        new(exceptionClass, message, DispatcherModule);

    private static RpcEndpoint Ping() => new RpcEndpoint().Map(
        "oslo_rpc_server_ping", static (_, _) => ValueTask.FromResult(Payload.FromUtf8("\"pong\""u8.ToArray())));

    [LoggerMessage(1101, LogLevel.Error, "Method {Method} failed")]
    private partial void LogFailed(Exception error, string method);

    [LoggerMessage(1105, LogLevel.Error, "The registration of {Exception} could not describe one for the caller")]
    private partial void LogUndescribed(Exception error, string exception);

    [LoggerMessage(1102, LogLevel.Debug, "Method {Method} raised {Exception}, which its interface allows: {Message}")]
    private partial void LogExpected(string method, string exception, string message);

    [LoggerMessage(1103, LogLevel.Warning, "Request for {Method} refused: {Reason}")]
    private partial void LogRefused(string method, string reason);

    [LoggerMessage(1104, LogLevel.Warning, "The reply of {Method} could not be delivered: {Reason}")]
    private partial void LogReplyLost(string method, string reason);
}
