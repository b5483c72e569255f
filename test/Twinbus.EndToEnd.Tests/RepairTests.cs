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

    [Fact]
    public async Task AWidenedPermissionIsNarrowedAgain()
    {
        Uri url = await deployed.UrlAsync("notify");
        string user = url.UserInfo.Split(':')[0];
        string virtualHost = url.AbsolutePath.Length > 1 ? url.AbsolutePath[1..] : "%2F";
        using Management management = await Management.OfAsync(deployed);
        await management.PutAsync($"permissions/{virtualHost}/{user}", new JsonObject { ["configure"] = ".*", ["write"] = ".*", ["read"] = ".*" });

        Assert.Equal([$"change rabbitmq-permissions {deployed.Instance}:{user}"], await deployed.ChangesAsync(0, "up"));
        JsonNode permission = await management.GetAsync($"permissions/{virtualHost}/{user}");
        Assert.NotEqual(".*", permission["configure"]!.GetValue<string>());
        await NothingIsLeftToMendAsync();
    }

    [Fact]
    public async Task AnEditedConfigurationFileIsPutBackWithoutARestart()
    {
        string file = $"/etc/twinbus/{deployed.Instance}/rabbitmq.conf";
        string content = await File.ReadAllTextAsync(file);
        int broker = await BrokerAsync();
        await File.AppendAllTextAsync(file, "heartbeat = 7\n");

        Ended up = (await deployed.RunAsync("up")).With(0);

        Assert.Contains("1 changed", up.Output, StringComparison.Ordinal);
        Assert.Contains(file, up.Output, StringComparison.Ordinal);
        Assert.Equal(content, await File.ReadAllTextAsync(file));
        Assert.Equal(broker, await BrokerAsync());
        await NothingIsLeftToMendAsync();
    }

    [Fact]
    public async Task AReadableSecretIsHiddenAgain()
    {
        string file = $"/etc/twinbus/{deployed.Instance}/definitions.json";
        UnixFileMode mode = File.GetUnixFileMode(file);
        File.SetUnixFileMode(file, mode | UnixFileMode.OtherRead);

        Assert.Equal([$"change file {file}"], await deployed.ChangesAsync(0, "up"));
        Assert.Equal(mode, File.GetUnixFileMode(file));
        await NothingIsLeftToMendAsync();
    }

    private async Task NothingIsLeftToMendAsync() => Assert.Empty(await deployed.ChangesAsync(0, "plan"));

    private async Task<int> BrokerAsync()
    {
        JsonNode paths = await deployed.JsonAsync(0, "show", "paths");
        return int.Parse((await File.ReadAllTextAsync(paths["rpc"]!["pid"]!.GetValue<string>())).Trim(), CultureInfo.InvariantCulture);
    }
}
