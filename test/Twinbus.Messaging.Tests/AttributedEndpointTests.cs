using System.Text.Json.Nodes;
using Twinbus.Messaging.Rpc;
using Xunit;

namespace Twinbus.Messaging.Tests;

public sealed class AttributedEndpointTests
{
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Performance", "CA1822", Justification = "Endpoints' methods are instance methods.")]
    [RpcInterface(Namespace = "math", Version = "1.1")]
    private sealed class Calculator(string salutation)
    {
        [RpcMethod]
        public int Add(int firstNumber, int secondNumber = 1) => firstNumber + secondNumber;

        [RpcMethod]
        public async Task<string> GreetAsync(string name, MessageContext context, CancellationToken cancellationToken)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            return $"{salutation} {name} {context.GetString("user")}";
        }

        [RpcMethod("halve")]
        public ValueTask<double> Half(double n) => ValueTask.FromResult(n / 2);

        [RpcMethod]
        public Task NothingAsync() => Task.CompletedTask;

        [RpcMethod(Expected = [typeof(ArgumentException)])]
        public void Refuse() => throw new ArgumentException("refused");

        [RpcMethod]
        public JsonNode? ParseConfiguration() => JsonNode.Parse("{");

        public string NotMarked() => "never";
    }

    [Theory]
    [InlineData("add", """{"first_number": 2, "second_number": 3}""", "5")]
    [InlineData("add", """{"first_number": 2}""", "3")]
    [InlineData("greet", """{"name": "you"}""", "\"dear you u1\"")]
    [InlineData("halve", """{"n": 3}""", "1.5")]
    [InlineData("nothing", "{}", "null")]
    public async Task MarkedMethodIsCalledWithItsArguments(string method, string arguments, string result)
    {
        Assert.Equal(result, await CallAsync(method, arguments));
    }

    [Theory]
    [InlineData("add", "{}", "TypeError", "add() missing the argument 'first_number'")]
    [InlineData("add", """{"first_number": 1, "third": 2}""", "TypeError", "add() got an unexpected argument 'third'")]
    [InlineData("greet", """{"name": "a", "cancellation_token": 1}""", "TypeError", "greet() got an unexpected argument 'cancellation_token'")]
    [InlineData("refuse", "{}", "ArgumentException", "refused")]
    [InlineData("not_marked", "{}", "NoSuchMethod", "Endpoint does not support RPC method not_marked")]
    [InlineData("to_string", "{}", "NoSuchMethod", "Endpoint does not support RPC method to_string")]
    public async Task WhatCannotBeCalledSaysWhy(string method, string arguments, string exceptionClass, string message)
    {
        RemoteErrorException error = await Assert.ThrowsAsync<RemoteErrorException>(() => CallAsync(method, arguments));
        Assert.Equal((exceptionClass, message), (error.Failure.Class, error.Failure.Message));
    }

    [Theory]
    [InlineData("add", """{"first_number": "two"}""", "TypeError", "The arguments of add do not fit: ")]
    [InlineData("parse_configuration", "{}", "JsonReaderException", "Expected depth to be zero")]
    public async Task ArgumentsThatDoNotFitAreNotMistakenForTheMethodsOwnTrouble(
        string method, string arguments, string exceptionClass, string message)
    {
        RemoteErrorException error = await Assert.ThrowsAsync<RemoteErrorException>(() => CallAsync(method, arguments));
        Assert.Equal(exceptionClass, error.Failure.Class);
        Assert.StartsWith(message, error.Failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PrivateNameIsRefusedWhenItIsMapped() =>
        Assert.Throws<MessagingException>(() => new RpcEndpoint().Map("_hidden", (_, _) => ValueTask.FromResult(Payload.Null)));

    [Fact]
    public void ClassWithoutMarkedMethodsIsRefused() =>
        Assert.Throws<MessagingException>(() => AttributedEndpoint.From(new object()));

    private static async Task<string> CallAsync(string method, string arguments)
    {
        await using var transport = Transport.Create("fake://");
        await using var server = new RpcServer(
            transport, new Target { Topic = "t", Server = "s" }, [AttributedEndpoint.From(new Calculator("dear"))]);
        await server.StartAsync();
        var client = new RpcClient(transport, new Target { Topic = "t", Namespace = "math", Version = "1.1" });
        return (await client.CallAsync(
            MessageContext.Empty.With("user", "u1"), method, JsonNode.Parse(arguments)!.AsObject())).GetRawText();
    }
}
