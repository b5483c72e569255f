using System.Text.Json.Nodes;

namespace Twinbus.EndToEnd.Tests;

/// <summary>From nothing to a proved tier, and what the commands then say about it.</summary>
[Trait("Needs", "Root")]
[Trait("Needs", "Broker")]
public sealed class UpTests(Deployed deployed) : IClassFixture<Deployed>
{
    [Fact]
    public async Task TheFirstUpSaysWhatItDidAndWhereThingsAre()
    {
        string output = deployed.FirstUp.Output;
        Assert.Contains($"{deployed.Name}: ", output, StringComparison.Ordinal);
        Assert.Contains("a call was answered", output, StringComparison.Ordinal);
        Assert.Contains("a notification arrived", output, StringComparison.Ordinal);
        Assert.Contains($"/var/log/twinbus/{deployed.Instance}", output, StringComparison.Ordinal);
        Assert.Contains($"/etc/twinbus/{deployed.Instance}", output, StringComparison.Ordinal);
        foreach (string service in new[] { "rpc", "notify" })
        {
            Uri url = await deployed.UrlAsync(service);
            Assert.Contains($"rabbit://{url.UserInfo.Split(':')[0]}:***@", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task AnotherUpChangesNothing()
    {
        IReadOnlyList<string> files = deployed.Files();
        IReadOnlyList<RunningProcess> processes = deployed.Processes();
        Assert.NotEmpty(files);
        Assert.NotEmpty(processes);

        Ended again = (await deployed.RunAsync("up")).With(0);

        Assert.Contains("0 changed", again.Output, StringComparison.Ordinal);
        Assert.Equal(files.Where(IsKept), deployed.Files().Where(IsKept));
        Assert.Equal(processes.Where(IsBroker), deployed.Processes().Where(IsBroker));
    }

    [Fact]
    public async Task PlanFindsNothingToChangeAndTouchesNothing()
    {
        IReadOnlyList<string> files = deployed.Files();
        JsonNode plan = await deployed.JsonAsync(0, "plan");
        Assert.Equal(0, plan["changed"]!.GetValue<int>());
        Assert.Empty(plan["resources"]!.AsArray());
        Assert.Equal(files, deployed.Files());
    }

    [Fact]
    public async Task HealthProvesEachServiceInStages()
    {
        JsonNode health = await deployed.JsonAsync(0, "health");
        Assert.True(health["healthy"]!.GetValue<bool>());
        Assert.Equal(["rpc", "notify"], health["services"]!.AsArray().Select(service => service!["service"]!.GetValue<string>()));
        foreach ((JsonNode? service, string traffic) in health["services"]!.AsArray().Zip(["call", "notification"]))
        {
            Assert.Equal("rabbitmq", service!["backend"]!.GetValue<string>());
            Assert.All(service["checks"]!.AsArray(), check => Assert.Equal("ok", check!["status"]!.GetValue<string>()));
            Assert.Equal(["connect", "login", traffic, "alarms"], service["checks"]!.AsArray().Select(check => check!["name"]!.GetValue<string>()));
        }

        JsonNode one = await deployed.JsonAsync(0, "health", "notify");
        Assert.Equal("notify", Assert.Single(one["services"]!.AsArray())!["service"]!.GetValue<string>());
    }

    [Fact]
    public async Task ProbesLeaveNothingBehind()
    {
        using Management management = await Management.OfAsync(deployed);
        IReadOnlyList<string> before = await management.EntitiesAsync();
        Ended[] both = await Task.WhenAll(deployed.RunAsync("health"), deployed.RunAsync("health"));
        Assert.All(both, run => run.With(0));
        Assert.Equal(before, await management.EntitiesAsync());
    }

    [Fact]
    public async Task ShowPathsNamesWhatIsThere()
    {
        JsonNode paths = (await deployed.JsonAsync(0, "show", "paths"))["paths"]!;
        foreach (string service in new[] { "rpc", "notify" })
        {
            JsonNode where = paths[service]!;
            Assert.Equal(deployed.Instance, where["instance"]!.GetValue<string>());
            Assert.All(["config", "data", "log"], name => Assert.True(Directory.Exists(where[name]!.GetValue<string>()), name));
            string id = File.ReadAllText(where["pid"]!.GetValue<string>()).Trim();
            Assert.Contains(deployed.Processes(), process => $"{process.Id}" == id);
            Assert.Equal(deployed.User, where["unit"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task PasswordsAreShownOnlyWhenAskedFor()
    {
        string password = (await deployed.UrlAsync("rpc")).UserInfo.Split(':')[1];
        Assert.True(password.Length >= 32);
        foreach (string[] command in new[] { ["up"], ["up", "-v"], ["plan", "-v"], ["health", "-v"], ["show", "urls"], new[] { "show", "paths" } })
        {
            Ended run = (await deployed.RunAsync(command)).With(0);
            foreach ((string name, string secret) in deployed.Secrets())
            {
                Assert.False((run.Output + run.Error).Contains(secret, StringComparison.Ordinal), $"twinbus {string.Join(' ', command)} showed {name}.");
            }
        }
    }

    // The lock and the runtime directory's own time may change with a run; what is deployed may not.
    private static bool IsKept(string line) => !line.StartsWith("/tmp/", StringComparison.Ordinal) || line.Contains(".json ", StringComparison.Ordinal);

    // epmd's helpers and the broker's port programs come and go by themselves.
    private static bool IsBroker(RunningProcess process) => process.CommandLine.Contains("beam.smp", StringComparison.Ordinal) || process.CommandLine.Contains("epmd", StringComparison.Ordinal);
}
