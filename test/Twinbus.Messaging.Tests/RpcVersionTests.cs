using System.Text.Json.Nodes;
using Twinbus.Messaging.Rpc;
using Xunit;

namespace Twinbus.Messaging.Tests;

public sealed class RpcVersionTests
{
    [Theory]
    [InlineData(null, "7.3", true)]
    [InlineData("1.0", null, false)]
    [InlineData("1.0", "1.0", true)]
    [InlineData("1.3", "1.2", true)]
    [InlineData("1.3", "1.4", false)]
    [InlineData("2.0", "1.9", false)]
    [InlineData("1.9", "2.0", false)]
    [InlineData("1.2.3", "1.2.3", true)]
    [InlineData("1.2.3", "1.2.4", false)]
    [InlineData("1.3.0", "1.2.9", true)]
    [InlineData("1.2", "1.2.1", false)]
    public void SameMajorAndNoHigherMinorIsCompatible(string? implemented, string? requested, bool compatible) =>
        Assert.Equal(compatible, RpcVersion.IsCompatible(implemented, requested));

    [Fact]
    public async Task VersionCapKeepsAClientFromSendingMore()
    {
        await using var transport = Transport.Create("fake://");
        var client = new RpcClient(
            transport, new Target { Topic = "t", Version = "1.4" }, new RpcClientOptions { VersionCap = "1.3" });

        RpcVersionCapException error = await Assert.ThrowsAsync<RpcVersionCapException>(
            () => client.CallAsync(MessageContext.Empty, "m").AsTask());

        Assert.Equal(("1.4", "1.3"), (error.Version, error.VersionCap));
        Assert.False(client.CanSendVersion());
        Assert.True(client.CanSendVersion("1.3"));
        Assert.True(client.Prepare(target => target with { Version = "1.2" }).CanSendVersion());
        await Assert.ThrowsAsync<RpcVersionCapException>(() => client.CastAsync(MessageContext.Empty, "m").AsTask());
        await client.Prepare(target => target with { Version = "1.2" }).CastAsync(MessageContext.Empty, "m", new JsonObject());
    }

    [Theory]
    [InlineData("1")]
    [InlineData("1.x")]
    [InlineData("")]
    public async Task VersionThatIsNoneIsRefusedAtOnce(string version)
    {
        await using var transport = Transport.Create("fake://");
        MessagingException error = Assert.Throws<MessagingException>(
            () => new RpcClient(transport, new Target { Topic = "t", Version = version }));
        Assert.Equal(MessagingErrorReason.InvalidTarget, error.Reason);
    }

    [Fact]
    public async Task CallWithFanoutIsRefused()
    {
        await using var transport = Transport.Create("fake://");
        MessagingException error = await Assert.ThrowsAsync<MessagingException>(
            () => new RpcClient(transport, new Target { Topic = "t", Fanout = true }).CallAsync(MessageContext.Empty, "m").AsTask());
        Assert.Equal(MessagingErrorReason.InvalidTarget, error.Reason);
    }

    [Fact]
    public async Task TargetsThatLackWhatTheyNeedAreRefused()
    {
        await using var transport = Transport.Create("fake://");
        Assert.Throws<MessagingException>(() => new RpcClient(transport, new Target()));
        Assert.Throws<MessagingException>(() => new RpcServer(transport, new Target { Topic = "t" }, []));
        Assert.Throws<MessagingException>(() => new RpcServer(transport, new Target { Server = "s" }, []));
    }
}
