using System.Net;
using System.Net.NetworkInformation;
using System.Text.Json.Nodes;

namespace Twinbus.EndToEnd.Tests;

/// <summary><c>down</c> leaves nothing of what <c>up</c> made.</summary>
[Trait("Needs", "Root")]
[Trait("Needs", "Broker")]
public sealed class DownTests(Deployed deployed) : IClassFixture<Deployed>
{
    [Fact]
    public async Task DownLeavesNothingAndASecondOneHasNothingToDo()
    {
        JsonNode tier = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(deployed.Path, "deployment.json")))!["model"]!;
        int[] ports = [.. tier["instances"]![0]!["ports"]!.AsObject().Select(port => port.Value!.GetValue<int>())];
        string userId = Entry("/etc/passwd", deployed.User)!.Split(':')[2];
        Assert.NotEmpty(ProcessTable.OfUserId(userId));
        Assert.NotEmpty(Listening(ports));

        Ended down = (await deployed.RunAsync("down")).With(0);

        Assert.Contains($"{deployed.Name}: ", down.Output, StringComparison.Ordinal);
        Assert.Empty(ProcessTable.OfUserId(userId));
        Assert.Empty(Listening(ports));
        Assert.Null(Entry("/etc/passwd", deployed.User));
        Assert.Null(Entry("/etc/group", deployed.User));
        Assert.All(
            [$"/etc/twinbus/{deployed.Instance}", $"/var/lib/twinbus/{deployed.Instance}", $"/var/log/twinbus/{deployed.Instance}", $"/run/twinbus/{deployed.Instance}", $"/var/lib/twinbus/ledger/{deployed.Name}.json", deployed.Path],
            path => Assert.False(Path.Exists(path), path));
        Assert.Empty(Directory.EnumerateFiles("/etc/systemd/system", $"*{deployed.Name}*"));

        JsonNode again = await deployed.JsonAsync(0, "down");
        Assert.Equal(0, again["changed"]!.GetValue<int>());
    }

    private static string? Entry(string file, string name) =>
        File.ReadLines(file).FirstOrDefault(line => line.StartsWith($"{name}:", StringComparison.Ordinal));

    private static IEnumerable<IPEndPoint> Listening(int[] ports) =>
        IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Where(listener => ports.Contains(listener.Port));
}
