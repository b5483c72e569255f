using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Twinbus.EndToEnd.Tests;

/// <summary>What somebody broke is shown and mended: that, and nothing else.</summary>
[Trait("Needs", "Root")]
[Trait("Needs", "Broker")]
public sealed class RepairTests(Deployed deployed) : IClassFixture<Deployed>
{
    [Fact]
    public async Task AKilledBrokerIsStartedAgain()
    {
        int killed = await BrokerAsync();
        using (Process broker = Process.GetProcessById(killed))
        {
            broker.Kill();
            await broker.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal([$"start service {deployed.User}"], await deployed.ChangesAsync(3, "plan"));
        Assert.Equal([$"start service {deployed.User}"], await deployed.ChangesAsync(0, "up"));
        Assert.NotEqual(killed, await BrokerAsync());
        await NothingIsLeftToMendAsync();
    }

    [Fact]
    public async Task ADeletedUserIsMadeAgain()
    {
        string user = (await deployed.UrlAsync("rpc")).UserInfo.Split(':')[0];
        using Management management = await Management.OfAsync(deployed);
        await management.DeleteAsync($"users/{user}");

        JsonNode health = await deployed.JsonAsync(4, "health", "rpc");
        Assert.False(health["healthy"]!.GetValue<bool>());
        JsonNode login = health["services"]![0]!["checks"]!.AsArray().Single(check => check!["name"]!.GetValue<string>() == "login")!;
        Assert.Equal("failed", login["status"]!.GetValue<string>());
        Assert.Contains(user, login["detail"]!.GetValue<string>(), StringComparison.Ordinal);

        Assert.Equal(
            [$"create rabbitmq-user {deployed.Instance}:{user}", $"create rabbitmq-permissions {deployed.Instance}:{user}"],
            await deployed.ChangesAsync(0, "up"));
        await NothingIsLeftToMendAsync();
    }

    private async Task NothingIsLeftToMendAsync() => Assert.Empty(await deployed.ChangesAsync(0, "plan"));

    private async Task<int> BrokerAsync()
    {
        JsonNode paths = (await deployed.JsonAsync(0, "show", "paths"))["paths"]!;
        return int.Parse((await File.ReadAllTextAsync(paths["rpc"]!["pid"]!.GetValue<string>())).Trim(), CultureInfo.InvariantCulture);
    }
}
