namespace Twinbus.EndToEnd.Tests;

/// <summary>Beside a broker that was there before: on the default port, with the default node name.</summary>
[Trait("Needs", "Root")]
[Trait("Needs", "Broker")]
public sealed class ForeignBrokerTests
{
    [Fact]
    public async Task AForeignBrokerKeepsWorkingAndKeepsItsPorts()
    {
        await using ForeignBroker foreign = await ForeignBroker.StartAsync();
        RunningProcess before = foreign.Process;
        Deployed deployed = new();
        try
        {
            await deployed.InitializeAsync();
            Assert.NotEqual(ForeignBroker.Port, (await deployed.UrlAsync("rpc")).Port);
            Assert.NotEqual(ForeignBroker.Port, (await deployed.UrlAsync("notify")).Port);
            await WorksAsync();
            Assert.Equal(before, foreign.Process);
            (await deployed.RunAsync("down")).With(0);
            await WorksAsync();
            Assert.Equal(before, foreign.Process);
        }
        finally
        {
            await deployed.DisposeAsync();
        }
    }

    // A notification waits in its queue, so one process after the other can put it there and take it.
    private static async Task WorksAsync()
    {
        (await TwinbusProcess.RunAsync(["notify", "send", "foreign", "trial.event", "--url-file", "-"], ForeignBroker.Url)).With(0);
        Ended heard = await TwinbusProcess.RunAsync(["notify", "listen", "foreign", "--count", "1", "--url-file", "-"], ForeignBroker.Url);
        Assert.Contains("trial.event", heard.With(0).Output, StringComparison.Ordinal);
    }
}
