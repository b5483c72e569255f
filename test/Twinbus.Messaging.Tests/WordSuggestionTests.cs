using Xunit;

namespace Twinbus.Messaging.Tests;

public sealed class WordSuggestionTests
{
    private static readonly string[] Known = ["RpcPort", "RpcPassword", "RpcUserName", "NotifyPort", "RabbitFDLimit"];

    [Theory]
    [InlineData("RcpPort", "RpcPort")]
    [InlineData("RpcPassword ", "RpcPassword")]
    [InlineData("RpcPasword", "RpcPassword")]
    [InlineData("rpcusername", "RpcUserName")]
    [InlineData("RabbitFdLimit", "RabbitFDLimit")]
    [InlineData("NovaPassword", null)]
    [InlineData("Port", null)]
    public void ASlipOfTheHandIsRecognised(string written, string? meant) => Assert.Equal(meant, WordSuggestion.Of(written, Known));
}
