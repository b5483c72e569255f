using System.Text.Json;
using System.Text.Json.Nodes;
using Twinbus.Messaging.Rpc;

namespace Twinbus.Messaging.Interop.Peers;

/// <summary>A service's own exception, which Python knows as <c>interop_errors.QuotaExceeded</c>.</summary>
internal sealed class QuotaExceededException(string resource, int limit) : Exception($"Quota of {limit} exceeded for {resource}")
{
    /// <summary>The registration that both ends need.</summary>
    public static RemoteExceptions Registered { get; } = RemoteExceptions.None.Register(
        "interop_errors",
        "QuotaExceeded",
        failure => new QuotaExceededException(
            failure.KeywordArguments.GetProperty("resource").GetString()!, failure.KeywordArguments.GetProperty("limit").GetInt32()),
        exception => new RpcFailure
        {
            Class = "QuotaExceeded",
            Module = "interop_errors",
            Message = exception.Message,
            Arguments = JsonSerializer.SerializeToElement(new JsonArray(exception.Message)),
            KeywordArguments = JsonSerializer.SerializeToElement(new JsonObject { ["resource"] = exception.Resource, ["limit"] = exception.Limit }),
        });

    public string Resource { get; } = resource;

    public int Limit { get; } = limit;
}
