using Twinbus.Deployment.Reading;
using Xunit;

namespace Twinbus.Deployment.Tests.Templates;

public sealed class NearestNameTests
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
    public void ASlipOfTheHandIsRecognised(string written, string? meant) => Assert.Equal(meant, NearestName.Of(written, Known));
}
