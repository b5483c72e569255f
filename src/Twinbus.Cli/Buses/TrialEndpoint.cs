using System.Text.Json;
using System.Text.Json.Nodes;
using Twinbus.Messaging;
using Twinbus.Messaging.Rpc;
using Twinbus.Messaging.Wire;

namespace Twinbus.Cli.Buses;

/// <summary>The methods that <c>rpc serve</c> answers: enough to try a bus from either end, and from Python.</summary>
internal static class TrialEndpoint
{
    private const double LongestSleep = 86_400;

    public static RpcEndpoint Make(TimeProvider clock) => new RpcEndpoint()
        .Map("ping", (request, _) =>
        {
            Arguments(request);
            return ValueTask.FromResult<Payload>(JsonValue.Create("pong"));
        })
        .Map("echo", (request, _) => ValueTask.FromResult<Payload>(request.ReadArguments()))
        .Map("sleep", async (request, cancellationToken) =>
        {
            JsonElement given = Arguments(request, "seconds").GetProperty("seconds");
            if (given.ValueKind != JsonValueKind.Number || given.GetDouble() is not (>= 0 and <= LongestSleep))
            {
                throw new RpcFailureException("ValueError", $"seconds is {MessageText.Name(given.GetRawText())} and must be a number from 0 to {LongestSleep}");
            }

            await Task.Delay(TimeSpan.FromSeconds(given.GetDouble()), clock, cancellationToken).ConfigureAwait(false);
            return given;
        })
        .Map("fail", (request, _) => throw new RpcFailureException("RuntimeError", Arguments(request, "message").GetProperty("message").ToString()))
        .Expect<RpcFailureException>();

    // As Python says it when a call does not fit a method.
    private static JsonElement Arguments(RpcRequest request, params string[] names)
    {
        JsonElement given = request.ReadArguments();
        foreach (string missing in names.Where(name => !given.TryGetProperty(name, out _)))
        {
            throw new RpcFailureException("TypeError", $"{request.Method}() missing 1 required argument: '{missing}'");
        }

        foreach (JsonProperty extra in given.EnumerateObject().Where(argument => !names.Contains(argument.Name)))
        {
            throw new RpcFailureException("TypeError", $"{request.Method}() got an unexpected keyword argument '{MessageText.Name(extra.Name)}'");
        }

        return given;
    }
}
