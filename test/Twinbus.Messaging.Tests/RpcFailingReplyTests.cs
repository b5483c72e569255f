using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Twinbus.Messaging.Rpc;
using Xunit;

namespace Twinbus.Messaging.Tests;

/// <summary>A caller hears of a method's end, whatever goes wrong on the way to its reply.</summary>
public sealed partial class RpcFailingReplyTests
{
    private sealed class OddException() : Exception("odd");

    private sealed record Answer
    {
        public string? Name { get; init; }

        public string Text => Name ?? throw new KeyNotFoundException("no such text");
    }

    [JsonSerializable(typeof(Answer))]
    [JsonSerializable(typeof(JsonObject))]
    [JsonSerializable(typeof(int))]
    private sealed partial class Wire : JsonSerializerContext;

    [Theory]
    [InlineData("unwritable", "KeyNotFoundException")]
    [InlineData("indescribable", "OddException")]
    [InlineData("misfit", "TypeError")]
    public async Task CallerIsToldOfAnyFailureAtOnce(string method, string exceptionClass)
    {
        RemoteExceptions exceptions = RemoteExceptions.None.Register<OddException>(
            "odd", "Odd", _ => new OddException(), _ => throw new FormatException("cannot be described"));
        await using var transport = Transport.Create("fake://", new TransportOptions { RemoteExceptions = exceptions });
        RpcEndpoint endpoint = new RpcEndpoint()
            .Map("unwritable", Wire.Default.JsonObject, Wire.Default.Answer, (_, _, _) => ValueTask.FromResult(new Answer()))
            .Map("indescribable", (_, _) => throw new OddException())
            .Map("misfit", Wire.Default.Int32, Wire.Default.Answer, (_, _, _) => ValueTask.FromResult(new Answer { Name = "a" }));
        await using var server = new RpcServer(transport, new Target { Topic = "t", Server = "s" }, [endpoint]);
        await server.StartAsync();

        RemoteErrorException error = await Assert.ThrowsAsync<RemoteErrorException>(
            () => new RpcClient(transport, new Target { Topic = "t" }, new RpcClientOptions { Timeout = TimeSpan.FromSeconds(10) })
                .CallAsync(MessageContext.Empty, method).AsTask());

        Assert.Equal(exceptionClass, error.Failure.Class);
    }
}
