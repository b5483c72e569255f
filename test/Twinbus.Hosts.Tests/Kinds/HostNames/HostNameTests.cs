using Twinbus.Hosts.Kinds.HostNames;

namespace Twinbus.Hosts.Tests.Kinds.HostNames;

public sealed class HostNameTests : IDisposable
{
    private readonly TestHost host = new();

    public void Dispose() => host.Dispose();

    [Fact]
    public async Task ANameThatTheHostKnowsIsAsItShallBe() =>
        Assert.Empty((await host.CheckAsync(new HostNameResource { HostName = "localhost" })).Changes);

    [Fact]
    public async Task ANameThatItDoesNotKnowIsToldBeforeAnythingIsMade()
    {
        var report = await host.DeployAsync(new HostNameResource { HostName = "h2.invalid" }, host.File("a.conf", "x\n"));

        var failure = Assert.Single(report.Failures);
        Assert.Equal((HostFailureReason.NameUnknown, "host-name", "h2.invalid"), (failure.Reason, failure.Kind, failure.Name));
        Assert.Contains("ansible_host", failure.Next, StringComparison.Ordinal);
        Assert.False(File.Exists(host["a.conf"]));
    }
}
