using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Twinbus.Messaging.Drivers;

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
        catch (Exception error) when (failure is null && error is not (MessagingException or ObjectDisposedException))
        {
            // The result cannot be written as JSON; what it is made of may throw anything. The caller gets that instead of
            // silence.
            string unwritable = Describe(error).ToJson();
            LogFailed(error, incoming.Fields.Method);
            await ReplyAsync(incoming, default, unwritable).ConfigureAwait(false);
        }
        catch (MessagingException error)
        {
            LogReplyLost(incoming.Fields.Method, error.Message);
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
            ? Refused("NoSuchMethod", $"Endpoint does not support RPC method {request.Method}")
            : Refused(
                "UnsupportedVersion",
                $"Endpoint does not support RPC version {request.Version}. Attempted method: {request.Method}");
    }

    private string Describe(RpcRequest request, RpcEndpoint? endpoint, Exception error)
    {
        if (error is ArgumentMismatchException && endpoint is not null)
        {
            // Python says TypeError when arguments do not fit the method.
            error = new RpcFailureException("TypeError", $"The arguments of {request.Method} do not fit: {error.Message}");
        }

        if (endpoint is null)
        {
            LogRefused(request.Method, error.Message);
        }
        else if (endpoint.Expects(error))
        {
            LogExpected(request.Method, error.GetType().Name, error.Message);
        }
        else
        {
            LogFailed(error, request.Method);
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
